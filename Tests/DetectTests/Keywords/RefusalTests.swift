import RuleLanguage
import Testing

@testable import Detect

/// Each keyword's refused forms and what is said about them.
@Suite struct RefusalTests {
    @Test(arguments: [
        ("rev:x;", #"rev: "x" is no number from 0 to 4294967295"#),
        ("sid:0;", #"sid: "0" is no number from 1 to 4294967295"#),
        ("sid:7;", "sid stands twice, expected once"),
        ("priority:256;", #"priority: "256" is no number from 1 to 255"#),
        ("target:both;", #"target: "both", expected src_ip or dest_ip"#),
        ("reference:cve;", "reference: no value, expected key,value such as cve,2021-44228"),
        ("noalert:1;", #"noalert takes no value, expected "noalert;""#),
        (#"flow:"to_server";"#, "flow takes its value without quotes"),
        ("flow:to_server,to_client;", "flow: two directions, expected one"),
        ("flow:established,stateless;", "flow: two states, expected one of established, not_established, stateless"),
        ("flow:to_server,established,no_frag,no_stream;", "flow: 4 parts, expected at most 3"),
        ("flow:only_stream,no_stream;", "flow: only_stream beside no_stream, expected one"),
        ("flow:only_stream; dsize:1;", "dsize looks at single packets and cannot stand beside flow:only_stream"),
        ("flowbits:set;", #"flowbits: "set", expected command,name"#),
        ("flowbits:set,a|b;", #"flowbits: set takes one name, "|" is for isset and isnotset"#),
        ("flowbits:put,a;", #"flowbits: "put", expected set, unset, toggle, isset, isnotset or noalert"#),
        ("flowint:a,?,1;", #"flowint: "?" is no operator, expected +, -, =, ==, !=, <, <=, > or >="#),
        ("flowint:a,+,4294967296;", "flowint: 4294967296 is too large, expected at most 4294967295"),
        ("xbits:set,a,track ip;", #"xbits: "track ip", expected track ip_src, ip_dst, ip_pair or tx"#),
        ("xbits:set,a,track ip_src,expire 0;", #"xbits: "expire 0", expected expire and a number of seconds"#),
        ("hostbits:set,a,both;", #"hostbits: "both", expected src or dst"#),
        ("threshold:type limit,track by_src,seconds 5;", "threshold: count is missing"),
        ("threshold:type never,track by_src,count 1,seconds 5;", #"threshold: type "never", expected limit, threshold, both or backoff"#),
        (
            "detection_filter:track by_src,count 1,seconds 2; threshold:type limit,track by_src,count 1,seconds 1;",
            "threshold beside a detection_filter, expected one of them"
        ),
        ("tag:host,5,packets,both;", #"tag: "both", expected src or dst"#),
        ("tag:session,5,packets,src;", "tag: a session has no side, expected src or dst only with host"),
        ("stream_size:server,~,5;", #"stream_size: "~" is no operator, expected =, !=, <, <=, > or >="#),
        ("dsize:5<>6;", "dsize: nothing lies between 5 and 6, expected a<>b with room between (both ends are excluded)"),
        ("dsize:70000;", "dsize: 70000 is too large, expected at most 65535"),
        (#"dsize:<3; content:"abc";"#, "the contents need 3 bytes, but dsize allows at most 2"),
        ("ttl:x;", #"ttl: "x" is no number, expected n, <n, <=n, >n, >=n, !n or a<>b"#),
        ("flags:SX;", #"flags: "X", expected F, S, R, P, A, U, E, C or 0"#),
        ("flags:+*S;", "flags: two modifiers, expected one of +, * or !"),
        ("fragbits:Q;", #"fragbits: "Q", expected M, D, R with +, * or !"#),
        ("ip_proto:nothing;", #"ip_proto: "nothing" is no protocol, expected 0 to 255 or a name such as tcp"#),
        ("tcpv4-csum:maybe;", #"tcpv4-csum: "maybe", expected valid or invalid"#),
        ("decode-event:x;", #"unknown decode event "x", expected one such as ipv4.trunc_pkt"#),
        ("stream-event:x;", #"unknown stream event "x", expected one such as 3whs_ack_in_wrong_dir"#),
        ("app-layer-event:jabber.x;", "protocol jabber is not supported by this version"),
        ("app-layer-event:dns.x;", #"dns has no event "x" in this version"#),
        ("app-layer-protocol:nope;", #"unknown protocol "nope", expected tcp, udp, icmp, ip or an application protocol"#),
        ("byte_test:1,=,5;", "byte_test: 3 of 4 parts, expected bytes,operator,value,offset"),
        ("byte_test:9,=,5,0;", "byte_test: 9 bytes are too many, expected at most 8"),
        ("byte_test:1,~,5,0;", #"byte_test: "~" is no operator, expected =, <, >, <=, >=, & or ^, with ! before it to negate"#),
        ("byte_test:1,=,5,0,hex;", "byte_test: dec, hex or oct without string, expected string before it"),
        ("byte_test:0,=,5,0;", "byte_test: 0 bytes, expected 1 to 8, or string"),
        ("byte_jump:1,0,from_end,from_beginning;", "byte_jump: from_beginning beside from_end, expected one of them"),
        ("byte_jump:1,0,multiplier 0;", #"byte_jump: multiplier "0", expected 1 to 65535"#),
        ("byte_extract:1,0,9x;", ##""9x" is no variable name, expected letters, digits, "_", "." or "-""##),
        ("byte_extract:2,0,x,align 3;", #"byte_extract: align "3", expected 2 or 4"#),
        ("byte_math:bytes 1,offset 0,oper +,rvalue 1;", "byte_math: a part is missing, expected bytes, offset, oper, rvalue and result"),
        ("byte_math:bytes 1,offset 0,oper /,rvalue 0,result r;", "byte_math: division by 0 never matches"),
        ("base64_data; content:\"a\";", "base64_data without base64_decode, expected base64_decode before it"),
        ("base64_decode:bytes 0;", #"base64_decode: bytes "0", expected 1 to 65535"#),
        ("base64_decode; base64_data;", "base64_data has nothing to look for, expected a content, pcre or other test after it"),
        (
            #"base64_decode; base64_data; content:"a"; pkt_data; content:"b";"#,
            "pkt_data after base64_data, expected it before: base64_data holds to the end of the rule"
        ),
        ("isdataat:5,near;", #"isdataat: "near", expected relative or rawbytes"#),
        ("bsize:5;", "bsize without a buffer, expected a buffer keyword such as http.uri before it"),
        ("absent;", "absent without a buffer, expected a buffer keyword such as http.referer before it"),
        ("pcre:a;", #"pcre without slashes, expected pcre:"/expression/flags""#),
        (#"pcre:"a";"#, #"pcre without slashes, expected pcre:"/expression/flags""#),
        (#"pcre:"/a/q";"#, #"unknown pcre flag "q", expected i, m, s, x, A, E, G, R, O or a buffer letter"#),
        (#"pcre:"/a/UH";"#, "pcre flags name two buffers, expected one"),
        ("to_md5;", "to_md5 has no buffer to change, expected it right after a buffer keyword"),
        ("asn1:oversize_length x;", #"asn1: oversize_length "x", expected a number"#),
        (#"filename:"";"#, "filename is empty, expected at least one letter"),
        ("requires:foo bar;", ""),
    ])
    func onTCP(_ options: String, _ message: String) {
        #expect(RuleFixture.refusal(options) == (message.isEmpty ? nil : message))
    }

    @Test(arguments: [
        ("http.uri;", "http.uri has nothing to look for, expected a content, pcre or other test after it"),
        (#"http.uri; http.method; content:"GET";"#, "http.uri has nothing to look for, expected a content, pcre or other test after it"),
        (#"http.uri:1; content:"a";"#, #"http.uri takes no value, expected "http.uri;""#),
        (
            #"http.uri; content:"a"; http_uri;"#,
            "http_uri moves a content that another buffer already holds, expected http.uri before the content"
        ),
        (#"http.uri; content:"a"; dsize:5;"#, "dsize looks at single packets and cannot stand beside buffers of an application protocol"),
        (
            #"http.uri; content:"a"; http.stat_code; content:"200";"#,
            "http.stat_code exists only to the client, but the rule looks at the other direction"
        ),
        (#"flow:to_client; http.uri; content:"a";"#, "http.uri exists only to the server, but the rule looks at the other direction"),
        (#"http.header.raw; content:"a";"#, "http.header.raw without a direction, expected flow:to_server or flow:to_client"),
        (#"http.host; content:"Abc";"#, "capitals never match http.host, which is lower case; expected lower-case letters"),
        (#"http.host; content:"abc"; nocase;"#, "nocase on http.host, which is lower case already; expected no nocase"),
        (#"http.uri; bsize:3; content:"/abc";"#, "the contents need 4 bytes, but the size of the buffer is at most 3"),
        (
            #"http.uri; content:"ab"; content:"cd"; distance:5; bsize:<9;"#,
            "the contents need 9 bytes, but the size of the buffer is at most 8"
        ),
        (#"http.uri; pcre:"/a/H";"#, #"pcre flag "H" means http.header, but http.uri is in force"#),
        (
            #"http.referer; absent; content:"a";"#,
            "absent beside other tests on the same buffer can never hold, expected absent:or_else"
        ),
        ("http.referer; absent:or_else;", "absent:or_else without another test on the buffer, expected a content after it"),
        (#"dns.query; content:"a";"#, "dns.query does not exist in http, expected a buffer of http"),
        (#"http.uri; content:"a"; dotprefix;"#, "http.uri has nothing to look for, expected a content, pcre or other test after it"),
        (#"pkt_data; dotprefix; content:"a";"#, "dotprefix has no buffer to change, expected it right after a buffer keyword"),
        (#"http.uri; xor:"0g"; content:"a";"#, #"xor: "0g" is no hex, expected a key such as "0d0ac8ff""#),
        (
            #"http.uri; byte_extract:1,0,v; content:"a"; http.header; content:"b"; offset:w;"#,
            #"offset: "w" is no number and no variable, expected one set by byte_extract or byte_math"#
        ),
        (
            "app-layer-protocol:dns;",
            "app-layer-protocol in a rule that is bound to a protocol already, expected tcp, udp or ip in the header"
        ),
        ("urilen:5,cooked;", #"urilen: "cooked", expected raw or norm"#),
    ])
    func onHTTP(_ options: String, _ message: String) {
        #expect(RuleFixture.refusal(options, proto: "http") == message)
    }

    @Test(arguments: [
        ("alert jabber any any -> any any (sid:1;)", "protocol jabber is not supported by this version", 7),
        ("alert foo any any -> any any (sid:1;)", #"unknown protocol "foo", expected tcp, udp, icmp, ip or an application protocol"#, 7),
        ("warn tcp any any -> any any (sid:1;)", #"unknown action "warn", expected alert, pass, drop, reject or config"#, 1),
        ("alert tcp any any <- any any (sid:1;)", "direction <- does not exist, expected -> with the ends swapped", 19),
        ("alert tcp any any => any any (sid:1;)", "=> needs buffers of both sides of a transaction, expected -> for those of one", 1),
        ("alert tcp any any -> any any (msg:\"x\";)", "sid is missing, expected sid:n; in every rule", 1),
        ("alert tcp $NO any -> any any (sid:1;)", "unknown address variable $NO, expected one of vars.address-groups", 11),
        ("alert tcp any any -> any any (sid:1; nope; rev:1;)", #"unknown keyword "nope""#, 38),
        (
            "alert tcp-pkt any any -> any any (http.uri; content:\"a\"; sid:1;)",
            "http.uri in a rule on single packets, expected a protocol such as tcp or http in the header", 35
        ),
    ])
    func wholeRules(_ text: String, _ message: String, _ column: Int) {
        let rules = RuleFixture.rules("\n" + text)
        #expect(rules.issues.map(\.description) == ["r:2:\(column): \(message)"])
        #expect(rules.signatures.isEmpty && rules.failedCount == 1)
    }
}
