module oldtest::helpers {
    public fun two(): u64 { 2 }
}
