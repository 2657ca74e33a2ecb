//! Images made ready on threads of their own, while the network computes.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::train::augment::Augment;
use crate::train::data::order::Order;
use crate::train::{Dataset, Random, Sample};

/// How images are made ready.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(deny_unknown_fields, default)]
pub struct LoaderConfig {
    /// Number of images in a step, 1 or more.
    pub batch: usize,
    /// Number of threads that make them ready, 1 or more. Results do not depend on it.
    pub threads: usize,
    /// Number of batches that are made ready ahead of time, 1 or more.
    pub prefetch: usize,
    /// How often an image of a kind is shown, relative to 1 for kinds that are not named; 0 or more. The kind is
    /// the `kind` of an image in the data set's JSON. Kinds that no image has are ignored, with a warning.
    pub kind_weights: BTreeMap<String, f32>,
}

impl Default for LoaderConfig {
    fn default() -> Self {
        Self { batch: 2, threads: 1, prefetch: 3, kind_weights: BTreeMap::new() }
    }
}

/// The batches of a run, one after the other, without end.
///
/// What a batch holds depends on the seed and the number of its step, and on nothing else: a run
/// that is resumed at a step gets what it would have got.
#[derive(Debug)]
pub struct Loader {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    batch: usize,
    pictures: usize,
}

impl Loader {
    /// Begins to make batches ready, the first one that of step `first_step` of the run, counted
    /// from 0.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where `batch`, `threads` or `prefetch` is 0, or for weights that no
    /// kind of image can have; weights of kinds that the data set lacks are not used. [`Error::Io`] where no thread can
    /// be started.
    pub fn new(
        dataset: Arc<Dataset>,
        augment: Augment,
        config: &LoaderConfig,
        seed: u64,
        first_step: u64,
    ) -> Result<Self> {
        let LoaderConfig { batch, threads, prefetch, ref kind_weights } = *config;
        for (name, value) in [("batch", batch), ("threads", threads), ("prefetch", prefetch)] {
            if value == 0 {
                return Err(Error::InvalidInput(format!("`{name}` is 0; give 1 or more")));
            }
        }
        let mut seeds = Random::new(seed);
        let order = Order::new(&dataset, kind_weights, seeds.next_u64())?;
        let pictures = dataset.len();
        let first = first_step * batch as u64;
        let work = Work { order, dataset, augment: Arc::new(augment), seed: seeds.next_u64() };
        let queue = Queue { next: first, asked: first, ready: BTreeMap::new(), stopped: false };
        let ahead = (batch * prefetch) as u64;
        let shared = Arc::new(Shared { queue: Mutex::new(queue), changed: Condvar::new(), ahead });
        let mut loader = Self { shared, threads: Vec::new(), batch, pictures };
        for _ in 0..threads {
            let (shared, mut work) = (Arc::clone(&loader.shared), work.clone());
            let thread = std::thread::Builder::new().name("loader".into()).spawn(move || shared.serve(&mut work));
            let thread = thread.map_err(|error| Error::Io { path: "loader".into(), reason: error.to_string() })?;
            loader.threads.push(thread);
        }
        Ok(loader)
    }

    /// The batch of the next step; waits until it is ready.
    ///
    /// # Errors
    /// What [`Dataset::sample`] and [`Augment::apply`] say about one of its images. The next call
    /// gives the step after.
    pub fn next_batch(&mut self) -> Result<Vec<Sample>> {
        let mut samples = Vec::with_capacity(self.batch);
        let mut queue = self.shared.lock();
        while samples.len() < self.batch {
            let position = queue.asked;
            match queue.ready.remove(&position) {
                Some(sample) => {
                    queue.asked += 1;
                    samples.push(sample);
                    self.shared.changed.notify_all();
                }
                None => queue = self.shared.wait(queue),
            }
        }
        drop(queue);
        samples.into_iter().collect()
    }

    /// How many steps show as many images as the data set has.
    pub fn steps_per_epoch(&self) -> f64 {
        self.pictures as f64 / self.batch as f64
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // Its panics were handed on already.
            drop(thread.join());
        }
    }
}

/// What a thread needs to make an image ready.
#[derive(Debug, Clone)]
struct Work {
    order: Order,
    dataset: Arc<Dataset>,
    augment: Arc<Augment>,
    seed: u64,
}

impl Work {
    fn sample(&mut self, position: u64) -> Result<Sample> {
        let picture = self.order.picture(position);
        let made = catch_unwind(AssertUnwindSafe(|| {
            let mut random = Random::of_part(self.seed, position);
            let sample = self.augment.apply(&*self.dataset.sample(picture)?, &mut random)?;
            self.augment.combine(sample, |random| self.other(picture, random), &mut random)
        }));
        // Otherwise whoever waits for this image would wait for ever.
        made.unwrap_or_else(|panic| {
            Err(Error::Internal(format!("image {picture} of the data set: {}", message(panic.as_ref()))))
        })
    }
}

impl Work {
    /// A variation of another image of the same kind, as often as the weights show it; `None` where none was drawn.
    fn other(&self, picture: usize, random: &mut Random) -> Result<Option<Sample>> {
        let kind = self.dataset.kind(picture);
        let drawn = (0..DRAWS).map(|_| self.order.any(random)).collect::<Vec<_>>();
        match drawn.into_iter().find(|&other| other != picture && self.dataset.kind(other) == kind) {
            Some(other) => self.augment.apply(&*self.dataset.sample(other)?, random).map(Some),
            None => Ok(None),
        }
    }
}

/// How often another image is drawn before there is said to be none of the kind.
const DRAWS: usize = 32;

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic")
}

/// What the threads and the one that trains share.
#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
    /// How many images may be made ready ahead of time.
    ahead: u64,
}

/// Positions are those of [`Order`].
#[derive(Debug)]
struct Queue {
    /// The next position that no thread has taken.
    next: u64,
    /// The next position that is asked for.
    asked: u64,
    ready: BTreeMap<u64, Result<Sample>>,
    stopped: bool,
}

impl Shared {
    /// What a thread does until it is stopped.
    fn serve(&self, work: &mut Work) {
        while let Some(position) = self.take() {
            let sample = work.sample(position);
            self.lock().ready.insert(position, sample);
            self.changed.notify_all();
        }
    }

    /// The position to do next, once there is room for it; `None` when stopped.
    fn take(&self) -> Option<u64> {
        let mut queue = self.lock();
        loop {
            if queue.stopped {
                return None;
            }
            if queue.next < queue.asked + self.ahead {
                queue.next += 1;
                return Some(queue.next - 1);
            }
            queue = self.wait(queue);
        }
    }

    // No thread panics while it holds the lock, so a poisoned queue is as good as any.

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner)
    }
}
