// OpenSSL 3 marks the SHA-256 block functions as deprecated in favour of EVP. They stay in every build of libcrypto, need
// neither an allocation nor the provider machinery, and their state is a plain struct that can be copied: what an HMAC over
// many small messages needs (https://docs.openssl.org/3.0/man3/SHA256_Init/).
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
