module oldlib::lib {
    public fun external(): address { @external }

    #[test_only]
    public fun secret(): u64 { 99 }
}
