// Where a static bootstrap finds the certificates of the authorities that it trusts.
//
// Debian's libcrypto looks below /usr/lib/ssl only, which Amazon Linux does not have, and Foundation's own search is
// compiled out of the Swift toolchain (CFURLSessionInfoCAINFO is CURLINFO_NONE), so without this no HTTPS server would be
// trusted. SSL_CERT_FILE in the environment still goes first: libcrypto asks for this default only when it is not set.
//
// Linked with --wrap=X509_get_default_cert_file.
#include <unistd.h>

const char *__real_X509_get_default_cert_file(void);

const char *__wrap_X509_get_default_cert_file(void) {
    static const char *const bundles[] = {
        "/etc/pki/tls/certs/ca-bundle.crt",    // Amazon Linux, Fedora
        "/etc/ssl/certs/ca-certificates.crt",  // Debian, Alpine
        "/etc/ssl/ca-bundle.pem",              // SUSE
    };
    for (unsigned index = 0; index < sizeof bundles / sizeof *bundles; index++) {
        if (access(bundles[index], R_OK) == 0) return bundles[index];
    }
    return __real_X509_get_default_cert_file();
}
