module extended::own;

public struct Secret has drop { number: u64 }

public fun new(number: u64): Secret { Secret { number } }

fun hidden(): u64 { 8 }
