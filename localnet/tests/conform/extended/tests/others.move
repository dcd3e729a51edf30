/// Modules of other packages, extended for tests.
#[test_only]
extend module sui::balance {
    public fun raw<T>(self: &Balance<T>): u64 { if (self.value > 100) abort 100; self.value }
}

#[test_only]
extend module odd_lib::lib {
    public fun halved(shape: &Shape): u64 { shape.area() / 2 }
}

#[test_only]
module extended::users {
    use extended::own;
    use odd_lib::lib;
    use std::unit_test::{assert_eq, destroy};
    use sui::{balance, sui::SUI};

    #[test]
    fun of_the_package() { assert_eq!(own::new(3).peek(), 3) }

    #[test]
    fun of_the_framework() {
        let balance = balance::create_for_testing<SUI>(5);
        assert_eq!(balance.raw(), 5);
        destroy(balance);
    }

    #[test]
    fun fails_in_the_framework() {
        let balance = balance::create_for_testing<SUI>(500);
        balance.raw();
        destroy(balance);
    }

    #[test]
    fun of_a_dependency() {
        assert_eq!(lib::rectangle(3, 4).halved(), 6);
    }
}
