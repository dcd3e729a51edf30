//! What the example promises: the demo does the main job, on its own ledger and on another's; the first dApp and the first client
//! of the README work as they stand there, and so does what the guides show.

mod demo;
mod guides;
mod load;
mod readme;
