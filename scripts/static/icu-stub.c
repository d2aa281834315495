// An empty ICU data table, linked in place of the 34 MB of locale data in Foundation's ICU (ICU calls this "stubdata").
// What needs a locale's data then ends the process: DateFormatter, ISO8601DateFormatter, NumberFormatter,
// ByteCountFormatter, String(format:locale:), and URLSession itself when it stores a cookie that has an expiry date.
// applyingTransform and URL(string:) with a host name beyond ASCII give nil, Date.formatted() an empty string.
// Everything else of Foundation that was tried works, Date.ISO8601FormatStyle and JSONDecoder's .iso8601 among it.
//
// The build defines ICU_DATA as the toolchain's name for the table, such as icudt76_dat.
// Layout: DataHeader in ICU's common/ucmndata.h followed by an empty table of contents.
#include <stdint.h>

struct Data {
    uint16_t headerSize;
    uint8_t magic1, magic2;
    uint16_t infoSize, reservedWord;
    uint8_t isBigEndian, charsetFamily, sizeofUChar, reservedByte;
    uint8_t dataFormat[4], formatVersion[4], dataVersion[4];
    uint8_t padding[8];
    uint32_t count, firstEntry[3];
};

_Alignas(16) const struct Data ICU_DATA = {
    .headerSize = 32,
    .magic1 = 0xda,
    .magic2 = 0x27,
    .infoSize = 20,
    .isBigEndian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
    .sizeofUChar = 2,
    .dataFormat = {'T', 'o', 'C', 'P'},
    .formatVersion = {1},
};
