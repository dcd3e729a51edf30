"""Runs the loops in a second virtual machine: a job as JSON on stdin, seconds as JSON on stdout."""

import base64
import json
import sys
import time

import sui_sandbox


def main():
    job = json.load(sys.stdin)
    package = job["package"]
    bytecodes = {package: [base64.b64decode(module) for module in job["modules"]]}

    def call(function, *arguments):
        pure = [argument.to_bytes(8, "little") for argument in arguments]
        begun = time.process_time()
        result = sui_sandbox.call_view_function(
            package, job["module"], function, pure_inputs=pure, package_bytecodes=bytecodes, fetch_deps=False
        )
        took = time.process_time() - begun
        if not result["success"]:
            sys.exit(f"{function}{arguments}: {result['error']}")
        return took

    call("small", 3, 4)
    loops = {
        name: [min(call(name, rounds) for _ in range(job["runs"])) for rounds in job["rounds"]]
        for name in job["loops"]
    }
    small = sorted(call("small", 3, 4) for _ in range(job["small_runs"]))
    json.dump({"loops": loops, "small": small[len(small) // 2]}, sys.stdout)


main()
