//! Pages, feeds and accounts over HTTP.
