import Foundation
import Testing

@testable import HTTP

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// libcurl's words as the static bootstraps were heard to say them; Tests/EndToEnd/test_tls.py makes them say these.
struct TLSRefusalTests {
    private func failure(_ words: String, code: URLError.Code = .unknown) -> TransportError {
        let error = URLError(code, userInfo: [NSLocalizedDescriptionKey: words])
        return TransportError(
            request: Request(url: "https://api.test:8443/v1/medias?token=secret"), error: error)
    }

    @Test(arguments: [
        (
            "SSL: no alternative certificate subject name matches target host name 'api.test'",
            "no alternative certificate subject name matches target host name 'api.test'"
        ),
        ("SSL certificate problem: self-signed certificate", "self-signed certificate"),
        (
            "SSL certificate problem: certificate has expired",
            "certificate has expired, or the clock here is wrong"
        ),
        (
            "SSL certificate problem: certificate is not yet valid",
            "certificate is not yet valid, or the clock here is wrong"
        ),
        (
            "SSL certificate problem: unable to get local issuer certificate",
            "unable to get local issuer certificate"
        ),
    ])
    func `says whose certificate was refused, and why`(words: String, cause: String) {
        let error = failure(words)
        #expect(error.kind == .untrustedServer)
        #expect(
            error.description
                == "GET https://api.test:8443/v1/medias untrusted server: "
                + "the certificate of api.test:8443 was refused: \(cause)")
    }

    @Test(arguments: [
        "error:0A000102:SSL routines::unsupported protocol",
        "error:0A00014D:SSL routines::legacy sigalg disallowed or unsupported",
        "error:0A00010B:SSL routines::wrong version number",
    ])
    func `says that no version of TLS was agreed on`(words: String) {
        let error = failure(words)
        #expect(error.kind == .untrustedServer)
        #expect(
            error.detail
                == "no secure connection to api.test:8443, which must offer TLS 1.2 or later: \(words)")
    }

    @Test(
        arguments: [
            "error:0A000126:SSL routines::unexpected eof while reading",
            "OpenSSL SSL_connect: Connection reset by peer in connection to api.test:8443",
            "Recv failure: Connection reset by peer",
        ], [URLError.Code.unknown, .secureConnectionFailed])
    func `takes a handshake that breaks off for a broken connection`(words: String, code: URLError.Code) {
        #expect(failure(words, code: code).kind == .connectionFailed)
    }
}
