// Nothing may be thrown into Swift: simdjson reports by error codes when it is compiled without exceptions.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <new>

#include "CSimdjson.h"

namespace dom = simdjson::dom;

struct csimdjson_parser {
    dom::parser parser;
};

static int32_t stable(simdjson::error_code error) noexcept {
    switch (error) {
    case simdjson::SUCCESS: return CSIMDJSON_OK;
    case simdjson::EMPTY: return CSIMDJSON_EMPTY;
    case simdjson::DEPTH_ERROR: return CSIMDJSON_DEPTH;
    case simdjson::UTF8_ERROR: return CSIMDJSON_UTF8;
    case simdjson::STRING_ERROR:
    case simdjson::UNESCAPED_CHARS:
    case simdjson::UNCLOSED_STRING: return CSIMDJSON_STRING;
    case simdjson::NUMBER_ERROR:
    case simdjson::NUMBER_OUT_OF_RANGE: return CSIMDJSON_NUMBER;
    case simdjson::CAPACITY: return CSIMDJSON_TOO_LARGE;
    case simdjson::MEMALLOC: return CSIMDJSON_OUT_OF_MEMORY;
    default: return CSIMDJSON_SYNTAX;
    }
}

// Lines of a part differ by a little: some slack spares a reallocation at every line that is longer than all before.
static simdjson::error_code reserve(csimdjson_parser *parser, size_t length) noexcept {
    dom::parser &impl = parser->parser;
    if (length <= impl.capacity() && length <= impl.doc.capacity()) { return simdjson::SUCCESS; }
    size_t capacity = length + length / 4;
    if (capacity > simdjson::SIMDJSON_MAXSIZE_BYTES) { capacity = length; }
    if (capacity > simdjson::SIMDJSON_MAXSIZE_BYTES) { return simdjson::CAPACITY; }
    simdjson::error_code error = impl.allocate(capacity, impl.max_depth());
    if (error != simdjson::SUCCESS) { return error; }
    return impl.doc.allocate(capacity);
}

extern "C" size_t csimdjson_padding(void) {
    return simdjson::SIMDJSON_PADDING;
}

extern "C" csimdjson_parser *csimdjson_create(size_t maximum_depth) {
    csimdjson_parser *parser = new (std::nothrow) csimdjson_parser;
    if (parser == nullptr) { return nullptr; }
    if (parser->parser.allocate(4096, maximum_depth) != simdjson::SUCCESS) {
        delete parser;
        return nullptr;
    }
    return parser;
}

extern "C" void csimdjson_destroy(csimdjson_parser *parser) {
    delete parser;
}

extern "C" csimdjson_document csimdjson_parse(csimdjson_parser *parser, const uint8_t *bytes, size_t length) {
    if (length == 0) { return {CSIMDJSON_EMPTY, nullptr, nullptr}; }
    simdjson::error_code error = reserve(parser, length);
    if (error == simdjson::SUCCESS) { error = parser->parser.parse(bytes, length, false).error(); }
    if (error != simdjson::SUCCESS) { return {stable(error), nullptr, nullptr}; }
    const dom::document &document = parser->parser.doc;
    return {CSIMDJSON_OK, document.tape.get(), document.string_buf.get()};
}
