import AppLayer
import RuleLanguage
import Testing

@testable import Detect

/// Keywords of LDAP, DNP3, Modbus and CIP that are more than a buffer or a number.
@Suite struct IndustrialKeywordTests {
    @Test(arguments: [
        "ldap.request.operation:search_request;", "ldap.responses.operation:search_result_done,-1;", "ldap.responses.operation:4,all;",
        "ldap.responses.result_code:success,any;", "ldap.responses.count:>2;", #"ldap.request.dn; content:"cn=x";"#,
        "dnp3_func:unsolicited_response;", "dnp3_func:21;", "dnp3_ind:device_restart,need_time;", "dnp3_obj:60,2;",
        #"dnp3_data; content:"|c3 06|";"#, "modbus:function 16;", "modbus: function !reserved;", "modbus: function 8, subfunction 4;",
        "modbus: access write holding, address 500, value >200;", "modbus: unit >9, access read coils, address 0<>2;",
        #"modbus:"unit 10";"#, "cip_service:75;", "cip_service:16,246,!6;", "enip_command:list_identity;", "enip_command:99;",
        "enip.status:invalid_cmd;", "rfb.secresult:!ok;", "rfb.sectype:>3;", #"pgsql.query; content:"SELECT";"#,
        "app-layer-event:dnp3.too_many_objects;", "app-layer-event:modbus.flooded;", "app-layer-event:ldap.request_not_found;",
        "app-layer-event:rfb.confused_state;", "app-layer-event:pop3.unknown_command;", "app-layer-event:enip.invalid_pdu;",
    ])
    func accepted(_ options: String) {
        #expect(RuleFixture.refusal(options) == nil)
    }

    @Test(arguments: [
        ("ldap.responses.operation:4,first;", #"ldap.responses.operation: "first", expected all, any or a place such as 0 or -1"#),
        ("dnp3_obj:60;", #"dnp3_obj: "60", expected group and variation, each from 0 to 255"#),
        ("modbus: write;", #"modbus: "write", expected function"#),
        ("modbus: function 0;", "modbus: function 0 does not exist, expected 1 to 255"),
        ("modbus: access write input;", "modbus: input can only be read"),
        ("modbus: access write holding, address 1<>9, value 5;", "modbus: a value needs one address, not a range"),
        ("modbus: access read holding, address 1, value 5;", "modbus: a value can only be written"),
        ("cip_service:200;", #"cip_service: "200", expected a service up to 127, then class and attribute"#),
        ("flow:to_client; modbus: function 1;", "a keyword does not exist in the direction that the rule looks at"),
    ])
    func refused(_ options: String, _ message: String) {
        #expect(RuleFixture.refusal(options)?.hasPrefix(message) == true)
    }

    @Test func placesOfNumbers() throws {
        let signature = try #require(RuleFixture.signature("ldap.responses.operation:search_result_done,-1;"))
        guard case .transactionNumberAt(_, let range, let choice)? = signature.packetTests.first else {
            Issue.record("no test on a place")
            return
        }
        #expect(choice == .at(-1))
        #expect(range.contains(5) && !range.contains(4))
    }
}
