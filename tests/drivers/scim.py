# scim2-tester, an implementation of somebody else's, against our SCIM: every check it has.
#
#   python scim.py BASE_URL TOKEN     prints each check; exits 1 if one failed
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

base, token = sys.argv[1:]
client = Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=20)
results = check_server(SyncSCIMClient(client))
failed = 0
for result in results:
    good = (Status.SUCCESS, Status.SKIPPED)
    failed += result.status not in good
    print(result.status.name, result.title, result.resource_type or "", result.reason or "")
print(f"{len(results)} checks, {failed} failed")
sys.exit(1 if failed or len(results) < 50 else 0)
