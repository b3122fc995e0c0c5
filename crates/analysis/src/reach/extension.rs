//! Functions in C that extensions bring, by what they can reach.
//!
//! Why: their bodies are machine code, so the name is all there is to judge by; it counts only
//! for a function in C or of the server's own code, which none but a superuser can make.
//! Those of `CONTRIB` stand here in full for PostgreSQL 14 to 18, as `tests.rs` finds
//! them on servers; `OTHERS` are of projects of their own, as their documentation has them.
// tidy: table — functions by reach

use model::Reach;

/// What comes with PostgreSQL. Names, parted by spaces.
pub(super) const CONTRIB: &[(Reach, &str)] = &[
    (
        Reach::Administers,
        "autoprewarm_dump_now autoprewarm_start_worker heap_force_freeze heap_force_kill \
         pg_buffercache_evict pg_buffercache_evict_all pg_buffercache_evict_relation pg_prewarm \
         pg_stat_statements_reset pg_truncate_visibility_map",
    ),
    (
        Reach::Catalog,
        "bt_index_check bt_index_parent_check gin_index_check pg_buffercache_numa_pages \
         pg_buffercache_pages pg_buffercache_summary pg_buffercache_usage_counts pg_check_frozen \
         pg_check_visible pg_freespace pg_old_snapshot_time_mapping pg_relpages \
         pg_stat_statements_info pg_visibility pg_visibility_map pg_visibility_map_summary \
         pgstatginindex pgstathashindex pgstatindex pgstattuple pgstattuple_approx verify_heapam",
    ),
    (
        Reach::Host,
        "file_fdw_handler file_fdw_validator pg_get_logical_snapshot_info \
         pg_get_logical_snapshot_meta xslt_process",
    ),
    (Reach::LargeObjects, "lo_manage"),
    (
        Reach::Network,
        "dblink dblink_build_sql_delete dblink_build_sql_insert dblink_build_sql_update \
         dblink_cancel_query dblink_close dblink_connect dblink_connect_u dblink_current_query \
         dblink_disconnect dblink_error_message dblink_exec dblink_fdw_validator dblink_fetch \
         dblink_get_connections dblink_get_notify dblink_get_pkey dblink_get_result dblink_is_busy \
         dblink_open dblink_send_query postgres_fdw_disconnect postgres_fdw_disconnect_all \
         postgres_fdw_get_connections postgres_fdw_handler postgres_fdw_validator",
    ),
    (Reach::Notifies, "triggered_change_notification"),
    (Reach::OtherSessions, "pg_stat_statements pgrowlocks"),
    (
        Reach::Pure,
        "_int_contained _int_contains _int_different _int_inter _int_overlap _int_same _int_union \
         _intbig_in _intbig_out _lt_q_regex _lt_q_rregex _ltq_extract_regex _ltq_regex _ltq_rregex \
         _ltree_extract_isparent _ltree_extract_risparent _ltree_isparent _ltree_r_isparent \
         _ltree_r_risparent _ltree_risparent _ltxtq_exec _ltxtq_extract_exec _ltxtq_rexec akeys \
         armor avals boolop bqarr_in bqarr_out btean13cmp btisbn13cmp btisbncmp btismn13cmp \
         btismncmp btissn13cmp btissncmp btupccmp cash_dist citext citext_cmp citext_eq citext_ge \
         citext_gt citext_hash citext_hash_extended citext_larger citext_le citext_lt citext_ne \
         citext_pattern_cmp citext_pattern_ge citext_pattern_gt citext_pattern_le citext_pattern_lt \
         citext_smaller citextin citextout citextsend crypt cube cube_cmp cube_contained \
         cube_contains cube_coord cube_coord_llur cube_dim cube_distance cube_enlarge cube_eq \
         cube_ge cube_gt cube_in cube_inter cube_is_point cube_le cube_ll_coord cube_lt cube_ne \
         cube_out cube_overlap cube_send cube_size cube_subset cube_union cube_ur_coord \
         daitch_mokotoff date_dist dearmor decrypt decrypt_iv defined delete difference digest \
         distance_chebyshev distance_taxicab dmetaphone dmetaphone_alt each ean13_in ean13_out \
         encrypt encrypt_iv exist exists_all exists_any fetchval float4_dist float8_dist \
         gbtreekey16_in gbtreekey16_out gbtreekey2_in gbtreekey2_out gbtreekey32_in gbtreekey32_out \
         gbtreekey4_in gbtreekey4_out gbtreekey8_in gbtreekey8_out gbtreekey_var_in \
         gbtreekey_var_out gen_random_bytes gen_random_uuid gen_salt geo_distance ghstore_in \
         ghstore_out gin_enum_cmp gin_numeric_cmp gist_translate_cmptype_btree gtrgm_in gtrgm_out \
         hash_ltree hash_ltree_extended hashean13 hashisbn hashisbn13 hashismn hashismn13 hashissn \
         hashissn13 hashupc hmac hs_concat hs_contained hs_contains hstore hstore_cmp hstore_eq \
         hstore_ge hstore_gt hstore_hash hstore_hash_extended hstore_in hstore_le hstore_lt \
         hstore_ne hstore_out hstore_send hstore_to_array hstore_to_json hstore_to_json_loose \
         hstore_to_jsonb hstore_to_jsonb_loose hstore_to_matrix hstore_version_diag icount idx \
         index insert_username int2_dist int4_dist int8_dist int_array_enum intarray_del_elem \
         intarray_push_array intarray_push_elem interval_dist intset intset_subtract \
         intset_union_elem is_valid isbn isbn13 isbn13_in isbn_in isdefined isexists ismn ismn13 \
         ismn13_in ismn_in isn_out isneq isnge isngt isnle isnlt isnne issn issn13 issn13_in \
         issn_in lca levenshtein levenshtein_less_equal lquery_in lquery_out lquery_send lt_q_regex \
         lt_q_rregex ltq_regex ltq_rregex ltree2text ltree_addltree ltree_addtext ltree_cmp \
         ltree_eq ltree_ge ltree_gist_in ltree_gist_out ltree_gt ltree_in ltree_isparent ltree_le \
         ltree_lt ltree_ne ltree_out ltree_risparent ltree_send ltree_textadd ltxtq_exec ltxtq_in \
         ltxtq_out ltxtq_rexec ltxtq_send make_valid metaphone moddatetime nlevel normal_rand \
         oid_dist pgp_armor_headers pgp_key_id pgp_pub_decrypt pgp_pub_decrypt_bytea \
         pgp_pub_encrypt pgp_pub_encrypt_bytea pgp_sym_decrypt pgp_sym_decrypt_bytea \
         pgp_sym_encrypt pgp_sym_encrypt_bytea populate_record querytree rboolop seg_center seg_cmp \
         seg_contained seg_contains seg_different seg_ge seg_gt seg_in seg_inter seg_le seg_left \
         seg_lower seg_lt seg_out seg_over_left seg_over_right seg_overlap seg_right seg_same \
         seg_size seg_union seg_upper show_trgm similarity similarity_dist similarity_op skeys \
         slice slice_array sort sort_asc sort_desc soundex strict_word_similarity \
         strict_word_similarity_commutator_op strict_word_similarity_dist_commutator_op \
         strict_word_similarity_dist_op strict_word_similarity_op subarray subltree subpath svals \
         tconvert text2ltree text_soundex texticlike texticnlike texticregexeq texticregexne \
         time_dist ts_dist tstz_dist unaccent uniq upc upc_in word_similarity \
         word_similarity_commutator_op word_similarity_dist_commutator_op word_similarity_dist_op \
         word_similarity_op xml_encode_special_chars xml_valid xpath_bool xpath_list xpath_nodeset \
         xpath_number xpath_string",
    ),
    (
        Reach::RunsSql,
        "check_foreign_key check_primary_key connectby crosstab crosstab2 crosstab3 crosstab4 \
         xpath_table",
    ),
    (Reach::Sequence, "autoinc"),
    (Reach::SetsSettings, "set_limit"),
    (
        Reach::Settings,
        "fips_mode isn_weak show_limit ssl_cipher ssl_client_cert_present ssl_client_dn \
         ssl_client_dn_field ssl_client_serial ssl_extension_info ssl_is_used ssl_issuer_dn \
         ssl_issuer_field ssl_version",
    ),
    (
        Reach::Storage,
        "brin_metapage_info brin_page_items brin_page_type brin_revmap_data bt_metap \
         bt_multi_page_stats bt_page_items bt_page_stats fsm_page_contents get_raw_page \
         gin_leafpage_items gin_metapage_info gin_page_opaque_info gist_page_items \
         gist_page_items_bytea gist_page_opaque_info hash_bitmap_info hash_metapage_info \
         hash_page_items hash_page_stats hash_page_type heap_page_items heap_tuple_infomask_flags \
         page_checksum page_header pg_get_wal_block_info pg_get_wal_record_info \
         pg_get_wal_records_info pg_get_wal_records_info_till_end_of_wal pg_get_wal_stats \
         pg_get_wal_stats_till_end_of_wal tuple_data_split",
    ),
];

/// `adminpack`, `http`, `hypopg`, `pgvector`, `postgis_raster`, `timescaledb`, `uuid-ossp` and
/// their like.
pub(super) const OTHERS: &[(Reach, &str)] = &[
    (
        Reach::Administers,
        "alter_job hypopg_drop_index hypopg_reset pg_stat_kcache_reset pg_stat_monitor_reset \
         pg_wait_sampling_reset_profile repack_apply repack_drop repack_swap",
    ),
    (
        Reach::Host,
        "_st_asgdalraster pg_file_read pg_file_rename pg_file_sync pg_file_unlink pg_file_write \
         pg_logdir_ls st_asgdalraster st_bandfilesize st_bandfiletimestamp st_bandpath \
         st_fromgdalraster st_gdaldrivers",
    ),
    (
        Reach::Network,
        "http http_delete http_get http_head http_list_curlopt http_patch http_post http_put \
         http_reset_curlopt http_set_curlopt urlencode",
    ),
    (
        Reach::OtherSessions,
        "pg_stat_kcache pg_stat_monitor pg_stat_monitor_internal pg_wait_sampling_get_current \
         pg_wait_sampling_get_history pg_wait_sampling_get_profile",
    ),
    (
        Reach::Pure,
        "array_to_halfvec array_to_vector binary_quantize cosine_distance first halfvec halfvec_in \
         halfvec_out halfvec_to_float4 halfvec_to_vector hamming_distance histogram hll_add \
         hll_cardinality hll_empty hll_hash_any hll_hash_bigint hll_hash_integer hll_hash_text \
         hll_print hll_union hnswhandler inner_product ivfflathandler jaccard_distance l1_distance \
         l2_distance l2_normalize last sparsevec sparsevec_in sparsevec_out sparsevec_to_vector \
         subvector time_bucket time_bucket_ng uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 \
         uuid_generate_v4 uuid_generate_v5 uuid_nil uuid_ns_dns uuid_ns_oid uuid_ns_url \
         uuid_ns_x500 vector vector_accum vector_add vector_avg vector_cmp vector_combine \
         vector_concat vector_dims vector_eq vector_ge vector_gt vector_in \
         vector_l2_squared_distance vector_le vector_lt vector_mul vector_ne \
         vector_negative_inner_product vector_norm vector_out vector_recv vector_send \
         vector_spherical_distance vector_sub vector_to_float4 vector_to_halfvec \
         vector_to_sparsevec vector_typmod_in",
    ),
    (
        Reach::RunsSql,
        "hypopg_create_index pg_background_detach pg_background_launch pg_background_result \
         plpgsql_check_function plpgsql_check_function_tb",
    ),
    (
        Reach::Storage,
        "_postgis_join_selectivity _postgis_selectivity _postgis_stats st_estimatedextent",
    ),
];

/// How the names of a great family begin: `PostGIS`.
pub(super) const FAMILIES: &[(Reach, &str)] = &[
    (Reach::Catalog, "postgis_"),
    (
        Reach::Pure,
        "_st_ box2d box3d geog_ geography geom2d_ geom3d_ geom4d_ geometry geometrytype gidx_ \
         gserialized_ overlaps_ pgis_ spheroid_ st_",
    ),
];
