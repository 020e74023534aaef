//! A thin typed layer over the queue engine.
