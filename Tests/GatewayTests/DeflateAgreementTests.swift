import Testing
import WebSocketFraming

@Suite("Offers of permessage-deflate")
struct DeflateAgreementTests {
    private static let accepted = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

    @Test(
        "An offer is answered without context takeover, and with a window where it names one",
        arguments: [
            ("permessage-deflate", "", 12),
            ("PerMessage-Deflate", "", 12),
            ("permessage-deflate; client_max_window_bits", "", 12),
            ("permessage-deflate;client_max_window_bits=9;server_no_context_takeover", "", 12),
            ("permessage-deflate; client_no_context_takeover; client_max_window_bits=\"8\"", "", 12),
            ("permessage-deflate; server_max_window_bits=15", "; server_max_window_bits=12", 12),
            ("permessage-deflate; server_max_window_bits = \"1\\2\"", "; server_max_window_bits=12", 12),
            ("permessage-deflate; server_max_window_bits=11", "; server_max_window_bits=9", 9),
            ("permessage-deflate; server_max_window_bits=9", "; server_max_window_bits=9", 9),
            ("x-webkit-deflate-frame, permessage-deflate", "", 12),
            ("permessage-deflate; server_max_window_bits=8, permessage-deflate", "", 12),
            ("permessage-deflate; x, permessage-deflate; server_max_window_bits=10", "; server_max_window_bits=9", 9),
            (" , ,permessage-deflate ,", "", 12),
        ])
    func accepted(offers: String, more: String, windowBits: Int) {
        let agreement = DeflateAgreement(offers: offers)
        #expect(agreement?.response == Self.accepted + more, "\(offers)")
        #expect(agreement?.windowBits == windowBits, "\(offers)")
    }

    @Test(
        "What is unknown, there twice, out of range or no list of extensions is declined",
        arguments: [
            "", "x-webkit-deflate-frame", "permessage-deflate; unknown", "permessage-deflate; unknown=1",
            "permessage-deflate; server_no_context_takeover=1", "permessage-deflate; client_no_context_takeover=\"\"",
            "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=8",
            "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_max_window_bits=010",
            "permessage-deflate; server_max_window_bits=+9", "permessage-deflate; server_max_window_bits=",
            "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=x",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=15",
            "permessage-deflate;", "permessage-deflate; =1", "permessage-deflate; server_max_window_bits=\"9",
            "permessage-deflate; server_max_window_bits=\"9 \"", "permessage-deflate server_max_window_bits",
            "=, permessage-deflate", "permessage-deflate/1", "per message-deflate",
        ])
    func declined(offers: String) {
        #expect(DeflateAgreement(offers: offers) == nil)
    }
}
