"""The footer, page headers and page index of a Parquet file, read and written without any Parquet library.

Thrift's compact protocol is decoded into plain lists, so that what is not understood is kept when a file is written again.
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

import dataclasses
import struct

TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
INTEGERS = (4, 5, 6)

# Field numbers of ColumnChunk and ColumnMetaData.
META_DATA, OFFSET_INDEX_OFFSET, OFFSET_INDEX_LENGTH, COLUMN_INDEX_OFFSET, COLUMN_INDEX_LENGTH = 3, 4, 5, 6, 7
PATH, NUM_VALUES, TOTAL_COMPRESSED_SIZE, DATA_PAGE_OFFSET, DICTIONARY_PAGE_OFFSET, STATISTICS = 3, 5, 7, 9, 11, 12

ENCODINGS = {
    0: "PLAIN", 3: "RLE", 5: "DELTA_BINARY_PACKED", 6: "DELTA_LENGTH_BYTE_ARRAY", 7: "DELTA_BYTE_ARRAY",
    8: "RLE_DICTIONARY", 9: "BYTE_STREAM_SPLIT",
}


class Fields(dict):
    """A Thrift struct: field number to (type, value)."""

    def value(self, number, default=None):
        return self[number][1] if number in self else default

    def put(self, number, kind, value):
        self[number] = (kind, value)


class Items(list):
    """A Thrift list and the type of its elements."""

    def __init__(self, kind, values=()):
        super().__init__(values)
        self.kind = kind


class Decoder:
    def __init__(self, data, position=0):
        self.data = data
        self.position = position

    def byte(self):
        self.position += 1
        return self.data[self.position - 1]

    def varint(self):
        result = shift = 0
        while True:
            byte = self.byte()
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result
            shift += 7

    def zigzag(self):
        number = self.varint()
        return number >> 1 ^ -(number & 1)

    def fields(self):
        result, number = Fields(), 0
        while header := self.byte():
            kind = header & 15
            number = number + (header >> 4) if header >> 4 else self.zigzag()
            result[number] = (kind, kind == TRUE if kind in (TRUE, FALSE) else self.value(kind))
        return result

    def value(self, kind):
        if kind in INTEGERS:
            return self.zigzag()
        if kind == BINARY:
            size = self.varint()
            self.position += size
            return bytes(self.data[self.position - size : self.position])
        if kind == STRUCT:
            return self.fields()
        if kind in (LIST, SET):
            header = self.byte()
            count = header >> 4 if header >> 4 < 15 else self.varint()
            return Items(header & 15, [self.value(header & 15) for _ in range(count)])
        if kind in (TRUE, FALSE):
            return self.byte() == TRUE
        if kind == BYTE:
            return self.byte()
        if kind == DOUBLE:
            self.position += 8
            return bytes(self.data[self.position - 8 : self.position])
        raise ValueError(f"Thrift type {kind} at {self.position} is none that Parquet uses")


def varint(number):
    result = bytearray()
    while number >= 0x80:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    result.append(number)
    return bytes(result)


def zigzag(number):
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def encode(kind, value):
    """The bytes of a Thrift value."""
    if kind in INTEGERS:
        return zigzag(value)
    if kind == BINARY:
        return varint(len(value)) + value
    if kind == STRUCT:
        result, previous = bytearray(), 0
        for number, (kind, value) in sorted(value.items()):
            if kind in (TRUE, FALSE):
                kind = TRUE if value else FALSE
            delta = number - previous
            result += bytes([delta << 4 | kind]) if delta < 16 else bytes([kind]) + zigzag(number)
            previous = number
            if kind not in (TRUE, FALSE):
                result += encode(kind, value)
        return bytes(result + b"\0")
    if kind in (LIST, SET):
        header = bytes([len(value) << 4 | value.kind]) if len(value) < 15 else bytes([0xF0 | value.kind]) + varint(len(value))
        return header + b"".join(encode(value.kind, item) for item in value)
    if kind in (TRUE, FALSE):
        return bytes([TRUE if value else FALSE])
    return bytes([value]) if kind == BYTE else value


@dataclasses.dataclass
class Page:
    """A data page: where it is, and what its header and the page index say of it."""

    offset: int
    size: int
    first_row: int
    encoding: str
    value_count: int
    header_and_body_size: int
    has_checksum: bool


@dataclasses.dataclass
class Chunk:
    """A column chunk; `column_index` is None where the file has none."""

    name: str
    row_count: int
    meta: Fields
    thrift: Fields
    offset_index: Fields | None
    column_index: Fields | None


class ParquetBytes:
    """A file, its chunks by row group, and the page index."""

    def __init__(self, data):
        self.data = data
        size = struct.unpack("<I", data[-8:-4])[0]
        self.footer_start = len(data) - 8 - size
        self.footer = Decoder(data, self.footer_start).fields()
        self.row_groups = [
            [self.chunk(thrift, group.value(3)) for thrift in group.value(1)] for group in self.footer.value(4)
        ]

    def chunk(self, thrift, row_count):
        offset_index, column_index = thrift.value(OFFSET_INDEX_OFFSET), thrift.value(COLUMN_INDEX_OFFSET)
        meta = thrift.value(META_DATA)
        return Chunk(
            meta.value(PATH)[0].decode(),
            row_count,
            meta,
            thrift,
            None if offset_index is None else Decoder(self.data, offset_index).fields(),
            None if column_index is None else Decoder(self.data, column_index).fields(),
        )

    def pages(self, chunk):
        """The data pages of a chunk, in the order of the offset index, each with what its own header says."""
        result = []
        for location in chunk.offset_index.value(1):
            decoder = Decoder(self.data, location.value(1))
            header = decoder.fields()
            data_header = header.value(5)
            result.append(
                Page(
                    offset=location.value(1),
                    size=location.value(2),
                    first_row=location.value(3),
                    encoding=ENCODINGS[data_header.value(2)],
                    value_count=data_header.value(1),
                    header_and_body_size=decoder.position - location.value(1) + header.value(3),
                    has_checksum=4 in header,
                )
            )
        return result

    def rewritten(self):
        """The file with its page index and footer encoded anew, as the chunks have them now."""
        first_index = min(
            chunk.thrift.value(number)
            for chunks in self.row_groups
            for chunk in chunks
            for number in (OFFSET_INDEX_OFFSET, COLUMN_INDEX_OFFSET)
            if number in chunk.thrift
        )
        result = bytearray(self.data[:first_index])
        for name, offset, length in (
            ("column_index", COLUMN_INDEX_OFFSET, COLUMN_INDEX_LENGTH),
            ("offset_index", OFFSET_INDEX_OFFSET, OFFSET_INDEX_LENGTH),
        ):
            for chunks in self.row_groups:
                for chunk in chunks:
                    if (index := getattr(chunk, name)) is not None:
                        encoded = encode(STRUCT, index)
                        chunk.thrift.put(offset, 6, len(result))
                        chunk.thrift.put(length, 5, len(encoded))
                        result += encoded
        footer = encode(STRUCT, self.footer)
        return bytes(result + footer + struct.pack("<I", len(footer)) + b"PAR1")
