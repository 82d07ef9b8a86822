"""A heap dump whose classes and fields are named to break out of every format, and whose arrays hold
a secret."""

import struct

NAME = ("=cmd|' /C calc'!A0\n\"];x -> y;\\N<script>alert(1)</script>`%%{init: {}}%%|#quot;\x1b[2J"
        "\u202e\uffff]]>&amp;{a=\"b\"} 7\r\n# EOF;frame 99")
SECRET = b"SECRETXY"

_OBJECT, _ARRAY_CLASS, _HOLDER, _VALUE, _ARRAY = 0x1000, 0x1050, 0x2000, 0x2100, 0x100000
_OBJECT_TYPE, _BYTE_TYPE = 2, 8


class _Dump:
    def __init__(self):
        self.records = bytearray(b"JAVA PROFILE 1.0.2\0" + struct.pack(">IQ", 8, 1700000000000))
        self.heap = bytearray()
        self.strings = 100

    def record(self, tag, body):
        self.records += struct.pack(">BII", tag, 0, len(body)) + body

    def string(self, text):
        self.strings += 1
        self.record(0x01, struct.pack(">Q", self.strings) + text.encode("utf-8"))
        return self.strings

    def add_class(self, name, identifier, above, statics=(), fields=()):
        self.record(0x02, struct.pack(">IQIQ", identifier, identifier, 0, self.string(name)))
        body = struct.pack(">BQIQQQQQQIH", 0x20, identifier, 0, above, 0, 0, 0, 0, 0,
                           8 * len(fields), 0)
        body += struct.pack(">H", len(statics))
        for field, value in statics:
            body += struct.pack(">QBQ", self.string(field), _OBJECT_TYPE, value)
        body += struct.pack(">H", len(fields))
        for field in fields:
            body += struct.pack(">QB", self.string(field), _OBJECT_TYPE)
        self.heap += body + struct.pack(">BQ", 0x05, identifier)  # a root, too


def hostile_dump(count=5000):
    """The bytes: a static array of so many objects, each with an array."""
    dump = _Dump()
    dump.add_class("java/lang/Object", _OBJECT, 0)
    for number, name in enumerate(("Class", "String", "Thread", "ClassLoader")):
        dump.add_class("java/lang/" + name, _OBJECT + 0x10 * (number + 1), _OBJECT)
    dump.add_class("[Ljava/lang/Object;", _ARRAY_CLASS, _OBJECT)
    dump.add_class(NAME + "Holder", _HOLDER, _OBJECT, statics=[(NAME + "static", _ARRAY)])
    dump.add_class(NAME + "Value", _VALUE, _OBJECT, fields=[NAME + "field"])
    objects = [0x200000 + 0x40 * number for number in range(count)]
    for each in objects:
        dump.heap += struct.pack(">BQIQIQ", 0x21, each, 0, _VALUE, 8, each + 0x20)
        dump.heap += struct.pack(">BQIIB", 0x23, each + 0x20, 0, len(SECRET), _BYTE_TYPE) + SECRET
    dump.heap += struct.pack(">BQIIQ", 0x22, _ARRAY, 0, count, _ARRAY_CLASS)
    dump.heap += b"".join(struct.pack(">Q", each) for each in objects)
    dump.record(0x1C, bytes(dump.heap))
    dump.record(0x2C, b"")
    return bytes(dump.records)
