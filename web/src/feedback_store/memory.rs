//! The twin in memory: the same rules without a database.

use std::cell::RefCell;
use std::collections::BTreeMap;

use triage_core::export::Records;

use super::{ImportCount, StoreError, Stored};

/// Records by key, as JSON: what comes back has gone through the same door as in a database.
#[derive(Default)]
pub(super) struct Memory {
    stores: RefCell<Stores>,
}

#[derive(Clone, Default)]
struct Stores(BTreeMap<&'static str, BTreeMap<String, serde_json::Value>>);

impl Memory {
    pub(super) fn add(&self, records: &Records) -> Result<ImportCount, StoreError> {
        let mut stores = self.stores.borrow().clone();
        let count = ImportCount {
            triages: stores.add(&records.triages)?,
            feedback: stores.add(&records.feedback)?,
            receipts: stores.add(&records.receipts)?,
            turns: stores.add(&records.turns)?,
        };
        *self.stores.borrow_mut() = stores;
        Ok(count)
    }

    pub(super) fn all<R: Stored>(&self) -> Vec<R> {
        let stores = self.stores.borrow();
        let records = stores
            .0
            .get(R::STORE)
            .into_iter()
            .flat_map(BTreeMap::values);
        records
            .filter_map(|value| serde_json::from_value(value.clone()).ok())
            .collect()
    }
}

impl Stores {
    fn add<R: Stored>(&mut self, records: &[R]) -> Result<usize, StoreError> {
        let store = self.0.entry(R::STORE).or_default();
        let before = store.len();
        for record in records {
            record.check()?;
            let value = serde_json::to_value(record)
                .map_err(|error| StoreError::Damaged(error.to_string()))?;
            store.entry(record.key()).or_insert(value);
        }
        Ok(store.len() - before)
    }
}
