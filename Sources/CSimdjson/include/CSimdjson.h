#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What parsing came to; simdjson's own codes vary between its versions.
enum {
    CSIMDJSON_OK = 0,
    CSIMDJSON_EMPTY = 1,
    CSIMDJSON_SYNTAX = 2,
    CSIMDJSON_DEPTH = 3,
    CSIMDJSON_UTF8 = 4,
    CSIMDJSON_STRING = 5,
    CSIMDJSON_NUMBER = 6,
    CSIMDJSON_TOO_LARGE = 7,
    CSIMDJSON_OUT_OF_MEMORY = 8,
};

/// A simdjson DOM parser with the buffers that it reuses.
typedef struct csimdjson_parser csimdjson_parser;

/// A parsed document: simdjson's tape and string buffer, or an error.
///
/// The pointers belong to the parser and hold until its next parse. The layout is described in simdjson's doc/tape.md.
typedef struct {
    int32_t error;
    const uint64_t *tape;
    const uint8_t *strings;
} csimdjson_document;

/// How many bytes after a document's end must be readable; what they hold does not matter.
size_t csimdjson_padding(void);

/// Makes a parser that refuses documents nested deeper than `maximum_depth`; NULL when memory has run out.
csimdjson_parser *csimdjson_create(size_t maximum_depth);

/// Frees a parser and what it parsed.
void csimdjson_destroy(csimdjson_parser *parser);

/// Parses `length` bytes, after which `csimdjson_padding()` more must be readable.
csimdjson_document csimdjson_parse(csimdjson_parser *parser, const uint8_t *bytes, size_t length);

#ifdef __cplusplus
}
#endif

#endif
