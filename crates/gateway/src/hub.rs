//! Where the sessions of one reactor wait for durability: woken once per batch of the ledger.
//!
//! Why: a wake across threads costs as much as the whole proxy (performance.md §2). One task per
//! reactor waits for the lowest receipt wanted; when its batch is durable it wakes, on its own
//! thread, every session whose receipt is too. It records nothing.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use ledger::{Ledger, Receipt, Unrecorded};

/// The waiting room of one reactor.
pub(crate) struct Hub {
    failed: RefCell<Option<Unrecorded>>,
    /// The highest receipt of a statement on its way: its sync begins beside its execution.
    hinted: Cell<Option<Receipt>>,
    idle: RefCell<Option<Waker>>,
    ledger: Arc<dyn Ledger>,
    mark: Cell<Option<Receipt>>,
    wants: RefCell<BTreeMap<(Receipt, u64), Waker>>,
}

impl Hub {
    /// One for that ledger; [`Hub::run`] must be spawned.
    pub(crate) fn new(ledger: Arc<dyn Ledger>) -> Rc<Self> {
        Rc::new(Self {
            failed: RefCell::default(),
            hinted: Cell::default(),
            idle: RefCell::default(),
            ledger,
            mark: Cell::default(),
            wants: RefCell::default(),
        })
    }

    /// Whether that entry is durable; if not, the caller (a session by its slot) is woken then.
    pub(crate) fn poll_durable(
        &self,
        receipt: Receipt,
        slot: u64,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Unrecorded>> {
        match self.knows(receipt) {
            Ok(true) => Poll::Ready(Ok(())),
            Err(unrecorded) => Poll::Ready(Err(unrecorded)),
            Ok(false) => {
                self.wants
                    .borrow_mut()
                    .insert((receipt, slot), cx.waker().clone());
                if let Some(idle) = self.idle.take() {
                    idle.wake();
                }
                Poll::Pending
            }
        }
    }

    /// A statement goes to the target now, whose result will need this receipt: asking the ledger
    /// at once lets the disk and the target work side by side.
    pub(crate) fn hint(&self, receipt: Receipt) {
        if self.mark.get() < Some(receipt) {
            self.hinted.set(self.hinted.get().max(Some(receipt)));
            if let Some(idle) = self.idle.take() {
                idle.wake();
            }
        }
    }

    fn knows(&self, receipt: Receipt) -> Result<bool, Unrecorded> {
        if self.mark.get() >= Some(receipt) {
            return Ok(true);
        }
        if let Some(unrecorded) = &*self.failed.borrow() {
            return Err(unrecorded.clone());
        }
        let is_durable = self.ledger.is_durable(receipt)?;
        if is_durable {
            self.mark.set(Some(receipt));
        }
        Ok(is_durable)
    }

    fn lowest(&self) -> Option<Receipt> {
        self.wants
            .borrow()
            .first_key_value()
            .map(|((receipt, _), _)| *receipt)
    }

    fn due_hint(&self) -> Option<Receipt> {
        let hinted = self.hinted.take()?;
        matches!(self.knows(hinted), Ok(false)).then_some(hinted)
    }

    /// Serves until dropped.
    pub(crate) async fn run(self: Rc<Self>) {
        loop {
            let wanted = poll_fn(|cx| {
                let wanted = self.lowest().or_else(|| self.due_hint());
                if wanted.is_none() {
                    self.idle.replace(Some(cx.waker().clone()));
                }
                wanted.map_or(Poll::Pending, Poll::Ready)
            })
            .await;
            // What has come in the meantime goes first: its entries are in the same batch.
            tokio::task::yield_now().await;
            match self.ledger.durable(wanted).await {
                Ok(()) => self.mark.set(self.mark.get().max(Some(wanted))),
                // What was durable before the failure stays so, and may still be shown.
                Err(unrecorded) => {
                    self.failed.replace(Some(unrecorded));
                }
            }
            self.wake();
        }
    }

    /// Wakes everyone whose receipt has its answer, in the order of receipts.
    fn wake(&self) {
        loop {
            let Some(lowest) = self.lowest() else { return };
            if matches!(self.knows(lowest), Ok(false)) {
                return;
            }
            let first = self.wants.borrow_mut().pop_first();
            if let Some((_, waker)) = first {
                waker.wake();
            }
        }
    }
}
