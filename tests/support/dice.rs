//! Numbers that look random and come again with the same seed.
//! Not for secrets, and not the machine's timing, which no seed brings back.

/// xorshift64*.
pub(crate) struct Dice(u64);

impl Dice {
    /// A seed from the environment, else one of this process; printed, so that a failure can be played again.
    pub(crate) fn of_test(name: &str) -> Dice {
        let given = std::env::var("NEO_CRASH_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from(std::process::id()));
        println!("{name}: NEO_CRASH_SEED={seed}");
        // Each of many sites has its own fate.
        let own = name.bytes().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Dice(own.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }

    /// One of these.
    pub(crate) fn choose<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[usize::try_from(self.below(among.len() as u64)).unwrap()]
    }
}

/// How often the environment wants something done in a long run, else `usual`.
pub(crate) fn wanted(variable: &str, usual: usize) -> usize {
    std::env::var(variable).ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}
