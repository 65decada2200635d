//! Mistakes in writing.

use engage_engine::Value;
use engage_engine::adapter::{
    AdapterError, AdapterErrorKind, Back, BatchLimits, GroupError, Record, Write, WriteAction, WriteGroup, WriteValue,
    Written,
};

use super::{Broken, Mistake};

fn each_back(group: &mut WriteGroup, mut change: impl FnMut(&mut Back)) {
    for write in &mut group.writes {
        let embedded = write.embedded.iter_mut().flat_map(|embedded| embedded.rows.iter_mut().flatten());
        for (_, value) in write.fields.iter_mut().chain(embedded) {
            if let WriteValue::Back(back) = value {
                change(back);
            }
        }
    }
}

fn each_write(group: &mut WriteGroup, change: impl FnMut(&mut Write)) {
    group.writes.iter_mut().for_each(change);
}

pub(super) fn mistakes() -> Vec<Mistake> {
    vec![
        ("an atomic group that is none", || {
            let mut broken = Broken::new().sends(|group| group.atomic = false);
            broken.tells = |group, answer| match answer {
                Ok(results) if group.atomic => match results.iter().position(Result::is_err) {
                    Some(culprit) => {
                        Err(GroupError { error: results[culprit].clone().unwrap_err(), culprit: Some(culprit) })
                    }
                    None => Ok(results),
                },
                other => other,
            };
            broken
        }),
        ("a batch that is atomic", || Broken::new().sends(|group| group.atomic = true)),
        ("the wrong culprit", || {
            Broken::new().tells(|_, answer| answer.map_err(|failed| GroupError { culprit: Some(0), ..failed }))
        }),
        ("references off by one", || {
            Broken::new().sends(|group| each_back(group, |back| back.0 = back.0.saturating_sub(1)))
        }),
        ("references to the first", || Broken::new().sends(|group| each_back(group, |back| back.0 = 0))),
        ("an update that forgets what clears", || {
            Broken::new().sends(|group| {
                each_write(group, |write| {
                    write.fields.retain(|(_, value)| *value != WriteValue::Value(Value::Null));
                });
            })
        }),
        ("an upsert that always creates or updates", || {
            Broken::new().sends(|group| {
                each_write(group, |write| {
                    if let WriteAction::Upsert { update_only, .. } = &mut write.action {
                        *update_only = false;
                    }
                });
            })
        }),
        ("everything is `created`", || {
            Broken::new().tells(|_, answer| {
                let all = |written: Written| Written { created: true, ..written };
                answer.map(|results| results.into_iter().map(|result| result.map(all)).collect())
            })
        }),
        ("versions that are not compared", || {
            Broken::new().sends(|group| {
                each_write(group, |write| {
                    if let WriteAction::Update { etag, .. } | WriteAction::Delete { etag, .. } = &mut write.action {
                        *etag = None;
                    }
                });
            })
        }),
        ("removals whose version is not compared", || {
            Broken::new().sends(|group| {
                each_write(group, |write| {
                    if let WriteAction::Delete { etag, .. } = &mut write.action {
                        *etag = None;
                    }
                });
            })
        }),
        ("ids of its own", || {
            Broken::new().sends(|group| {
                each_write(group, |write| {
                    if let WriteAction::Create { id } = &mut write.action {
                        *id = None;
                    }
                });
            })
        }),
        ("a removal of nothing that succeeds", || {
            Broken::new().tells(|group, answer| {
                let gone = |(write, result): (&Write, Result<Written, AdapterError>)| match (&write.action, result) {
                    (WriteAction::Delete { record: Record::Id(id), .. }, Err(_)) => {
                        Ok(Written { id: id.clone(), created: false, etag: None })
                    }
                    (_, result) => result,
                };
                match answer {
                    Ok(results) => Ok(group.writes.iter().zip(results).map(gone).collect()),
                    Err(failed) if group.writes.len() == 1 => match gone((&group.writes[0], Err(failed.error.clone())))
                    {
                        Ok(written) => Ok(vec![Ok(written)]),
                        Err(_) => Err(failed),
                    },
                    Err(failed) => Err(failed),
                }
            })
        }),
        ("embedded records that are lost", || {
            Broken::new().sends(|group| each_write(group, |write| write.embedded.clear()))
        }),
        ("an emptied collection that is left as it was", || {
            Broken::new()
                .sends(|group| each_write(group, |write| write.embedded.retain(|embedded| !embedded.rows.is_empty())))
        }),
        ("results in another order", || {
            Broken::new().tells(|_, answer| {
                answer.map(|mut results| {
                    results.reverse();
                    results
                })
            })
        }),
        ("a duplicate told as a refusal", || {
            Broken::new().tells(|_, answer| {
                let refused = |mut error: AdapterError| {
                    if error.kind == AdapterErrorKind::Duplicate {
                        error.kind = AdapterErrorKind::Rejected { field: None };
                    }
                    error
                };
                match answer {
                    Err(failed) => Err(GroupError { error: refused(failed.error), ..failed }),
                    Ok(results) => Ok(results.into_iter().map(|result| result.map_err(refused)).collect()),
                }
            })
        }),
        ("a column in the place of a field", || {
            Broken::new().tells(|_, answer| {
                answer.map_err(|mut failed| {
                    if let AdapterErrorKind::Rejected { field } = &mut failed.error.kind {
                        *field = Some("acct_name".to_owned());
                    }
                    failed
                })
            })
        }),
        ("a preview that sends", || Broken { previews_send: true, ..Broken::new() }),
        ("chains longer than declared", || {
            let mut broken = Broken::new();
            broken.can.atomic_group.as_mut().unwrap().max_depth = Some(3);
            broken
        }),
        ("writes more than declared", || {
            let mut broken = Broken::new();
            broken.can.write_batch = BatchLimits { max: 10, ..broken.can.write_batch };
            broken
        }),
        ("back-references that it says it has not", || {
            let mut broken = Broken::new();
            broken.can.back_references = false;
            broken
        }),
        ("an upsert that makes a second record", || {
            Broken::new().sends(|group| {
                each_write(group, |write| {
                    if matches!(write.action, WriteAction::Upsert { update_only: false, .. }) {
                        write.action = WriteAction::Create { id: None };
                    }
                });
            })
        }),
    ]
}
