"""Runs functions of a Move package in the Move VM of the PyPI package sui-sandbox, offline.

One JSON object on stdin: {"address", "shared", "modules": [[name, hexadecimal]], "calls": [{"module", "function", "digest"}]}; all
modules need the shared one. A function with a digest takes the context of a transaction and
is called twice: for its results, in a transaction that this machine makes up, and for the dynamic fields it leaves, in one of that
digest. One JSON object a line on stdout for each call, as `second.rs` reads it.
"""

import base64
import json
import os
import re
import sys
import tempfile

import sui_sandbox

STATUS = re.compile(r"major_status: (\w+), sub_status: (?:None|Some\((\d+)\))")
PLACE = re.compile(r'location: Module\(ModuleId { address: (\w+), name: Identifier\("(\w+)"\)')
OFFSET = re.compile(r"offsets: \[\(FunctionDefinitionIndex\((\d+)\), (\d+)\)")
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(data):
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def failed(text, package):
    status, place, offset = STATUS.search(text), PLACE.search(text), OFFSET.search(text)
    if status is None:
        return {"unreadable": text[:300]}
    own = place is not None and package.endswith(place[1])
    return {
        "failed": {
            "status": status[1],
            "code": int(status[2]) if status[2] else None,
            "module": place[2] if place else None,
            "place": [int(offset[1]), int(offset[2])] if own and offset else None,
        }
    }


class Package:
    def __init__(self, request):
        self.id = request["address"]
        self.shared = request["shared"]
        self.modules = {name: bytes.fromhex(text) for name, text in request["modules"]}

    def needed(self, module):
        return {name: self.modules[name] for name in (self.shared, module)}

    def view(self, module, function):
        """What the function returns."""
        result = sui_sandbox.call_view_function(
            self.id,
            module,
            function,
            type_args=[],
            object_inputs=[],
            pure_inputs=[],
            package_bytecodes={self.id: list(self.needed(module).values())},
            fetch_deps=False,
        )
        if not result.get("success"):
            return failed(result.get("error") or "", self.id)
        values = [base64.b64decode(value).hex() for command in result["return_values"] for value in command]
        return {"values": {"values": values, "fields": None}}

    def replay(self, module, function, digest):
        """The ids of the dynamic fields that a transaction which calls the function leaves."""
        modules = self.needed(module).items()
        encoded = [{"name": name, "bytes": base64.b64encode(data).decode()} for name, data in modules]
        call = {"type": "MoveCall", "package": self.id, "module": module, "function": function}
        state = {
            "transaction": {
                "digest": base58(bytes.fromhex(digest)),
                "sender": "0x" + "aa" * 32,
                "gas_budget": 50_000_000_000,
                "gas_price": 1000,
                "commands": [call | {"type_arguments": [], "arguments": []}],
                "inputs": [],
                "effects": None,
                "timestamp_ms": 0,
                "checkpoint": None,
            },
            "objects": {},
            "packages": {self.id: {"package_id": self.id, "version": 1, "modules": encoded}},
            "protocol_version": 0,
            "epoch": 0,
            "reference_gas_price": 1000,
            "checkpoint": None,
        }
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "state.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(state, file)
            effects = sui_sandbox.replay(state_file=path, vm_only=True, compare=False)["effects"]
        if not effects["success"]:
            return failed(effects["error"] or "", self.id)
        # It writes ids without the zeros in front.
        return {"fields": sorted("0x" + created[2:].rjust(64, "0") for created in effects["created"])}

    def answer(self, call):
        module, function, digest = call["module"], call["function"], call["digest"]
        answer = self.view(module, function)
        if digest is None:
            return answer
        other = self.replay(module, function, digest)
        if "values" in answer and "fields" in other:
            answer["values"]["fields"] = other["fields"]
        elif answer != other:
            return {"unreadable": f"it ends in two ways: {answer}, {other}"[:300]}
        return answer


def main():
    request = json.load(sys.stdin)
    package = Package(request)
    for call in request["calls"]:
        try:
            line = package.answer(call)
        except Exception as error:  # It raises plain exceptions for whatever it does not like.
            line = {"unreadable": str(error)[:300]}
        print(json.dumps(line), flush=True)


main()
