//! Hashes, seeded randomness and the few conversions between numbers. Invariant: nothing here depends on the machine
//! or on the run; out-of-range values saturate.

#![expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "the one place where numbers change their kind; saturation and rounding are meant"
)]

/// A count as a real number.
pub(super) fn real(count: usize) -> f64 {
    count as f64
}

/// The nearest single-precision number.
pub(super) fn single(value: f64) -> f32 {
    value as f32
}

/// The nearest 8-bit number.
pub(super) fn byte(value: f64) -> i8 {
    value.round().clamp(-127.0, 127.0) as i8
}

/// The low bits of a hash, as a bucket.
pub(super) fn bucket(hash: u64, bits: u8) -> u32 {
    // The high bits of a multiplied hash are the well-mixed ones.
    (mix(hash) >> (64 - u32::from(bits.clamp(1, 31)))) as u32
}

/// An index as an array takes it.
pub(super) fn index(value: u32) -> usize {
    value as usize
}

/// FNV-1a (Fowler, Noll, Vo) over some bytes, begun from a salt.
pub(super) fn hash(salt: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325 ^ mix(salt), |state, byte| {
        (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014).
pub(super) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Joins two hashes; the order counts.
pub(super) fn join(first: u64, second: u64) -> u64 {
    mix(first.rotate_left(23) ^ second.wrapping_add(0x9e37_79b9_7f4a_7c15))
}

/// `SplitMix64`: small, seeded, the same everywhere.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x5851_f42d_4c95_7f2d))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Puts some things into a random order (Fisher, Yates).
    pub(super) fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            let wide = u128::from(self.next()) * (last as u128 + 1);
            things.swap(last, (wide >> 64) as usize);
        }
    }
}
