import Testing

@testable import AWS

struct XMLElementTests {
    static let page = """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- a comment -->
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/" note='a > b'>
          <Name>lake</Name><Prefix/><KeyCount>1</KeyCount><IsTruncated>false</IsTruncated>
          <Contents><Key>a&amp;b&#x20;&#233;</Key><ETag>&quot;abc&quot;</ETag><Size>12</Size></Contents>
        </ListBucketResult>
        """

    private func parse(_ text: String) throws(XMLError) -> XMLElement {
        try XMLElement(document: Array(text.utf8))
    }

    @Test func `reads elements, attributes, entities and empty elements`() throws {
        let root = try parse(Self.page)
        #expect(root.name == "ListBucketResult")
        #expect(root["Name"]?.text == "lake")
        #expect(root["Prefix"]?.text == "")
        #expect(root["Contents"]?["Key"]?.text == "a&b é")
        #expect(root["Contents"]?["ETag"]?.text == "\"abc\"")
        #expect(root["Absent"] == nil)
    }

    @Test func `a document that is cut off anywhere is refused`() {
        let bytes = Array(Self.page.utf8)
        for length in 0..<bytes.count {
            #expect(throws: XMLError.self, "cut after \(length) bytes") {
                try XMLElement(document: Array(bytes[..<length]))
            }
        }
    }

    @Test(arguments: [
        ("", "XML at byte 0: no element"), ("text", "XML at byte 0: expected an element"),
        ("<a>", "XML at byte 3: ends inside <a>"), ("<a></b>", "XML at byte 6: </b> where </a> belongs"),
        ("<a/><b/>", "XML at byte 4: something follows the root element"),
        ("<a>&x;</a>", "XML at byte 3: unknown entity &x;"),
        ("<a>&amp</a>", "XML at byte 3: an entity without its ;"),
        ("<a>&#xD800;</a>", "XML at byte 3: unknown entity &#xD800;"),
        ("<a b></a>", "XML at byte 4: an attribute without its value"),
        ("<a b=c></a>", "XML at byte 5: an attribute without quotes"),
        ("<!DOCTYPE a><a/>", "XML at byte 1: expected a name"),
        ("<a><![CDATA[x]]></a>", "XML at byte 4: expected a name"),
        ("<a><!-- </a>", "XML at byte 12: ends inside <!--"),
        ("< a/>", "XML at byte 1: expected a name"),
    ])
    func `says where and why it cannot read`(text: String, message: String) {
        let error = #expect(throws: XMLError.self) { try parse(text) }
        #expect(error?.description == message)
    }

    @Test func `refuses to nest without end`() {
        let error = #expect(throws: XMLError.self) { try parse(String(repeating: "<a>", count: 100_000)) }
        #expect(error?.reason == "more than 32 levels")
    }
}
