//! Bytes to policy text, and two policy texts to a judged difference.
