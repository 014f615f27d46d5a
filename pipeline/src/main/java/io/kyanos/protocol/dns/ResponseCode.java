package io.kyanos.protocol.dns;

import io.kyanos.protocol.Descriptor;
import io.kyanos.record.Outcome;
import java.util.List;

/** What responses say of how it went, with the bits that EDNS adds: names and outcomes. */
// https://www.iana.org/assignments/dns-parameters/#dns-parameters-6
final class ResponseCode {

    static final int FORMERR = 1;

    private static final String[] NAMES = {
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
        "NOTZONE", "DSOTYPENI", "RCODE12", "RCODE13", "RCODE14", "RCODE15", "BADVERS", "BADKEY", "BADTIME", "BADMODE",
        "BADNAME", "BADALG", "BADTRUNC", "BADCOOKIE"
    };

    static final List<Descriptor.Status> STATUSES = List.of(
            new Descriptor.Status(
                    "NOERROR", Outcome.OK, "Answered, be it with no record of the type that was asked for"),
            new Descriptor.Status(
                    "NXDOMAIN",
                    Outcome.OK,
                    "There is no such name: a good answer, and a common one, as resolvers try names in every search domain"),
            new Descriptor.Status("SERVFAIL", Outcome.SERVER_ERROR, "The server could not find out"),
            new Descriptor.Status(
                    "REFUSED", Outcome.SERVER_ERROR, "The server does not serve this client, or this zone"),
            new Descriptor.Status("FORMERR", Outcome.CLIENT_ERROR, "The server could not read the question"),
            new Descriptor.Status("NOTIMP", Outcome.CLIENT_ERROR, "The server knows no such operation"),
            new Descriptor.Status(
                    "YXDOMAIN, YXRRSET, NXRRSET",
                    Outcome.CLIENT_ERROR,
                    "What an update takes for granted is not so; or the name has grown too long"),
            new Descriptor.Status(
                    "NOTAUTH, NOTZONE",
                    Outcome.CLIENT_ERROR,
                    "The server is not the zone's, or its signature is wrong"),
            new Descriptor.Status("DSOTYPENI", Outcome.CLIENT_ERROR, "The server knows no such stateful operation"),
            new Descriptor.Status(
                    "BADVERS, BADCOOKIE",
                    Outcome.CLIENT_ERROR,
                    "To be asked again, with another version of EDNS or with the cookie that came along"),
            new Descriptor.Status(
                    "BADKEY, BADTIME, BADMODE, BADNAME, BADALG, BADTRUNC",
                    Outcome.CLIENT_ERROR,
                    "The request's signature or key is wrong"),
            new Descriptor.Status("RCODE*", Outcome.ERROR, "One that has no name here"));

    private static final int FIRST_OF_EDNS = 16;
    private static final int DSOTYPENI = 11;

    private ResponseCode() {}

    static String name(int code) {
        return code < NAMES.length ? NAMES[code] : "RCODE" + code;
    }

    static Outcome outcome(int code) {
        return switch (code) {
            case 0, 3 -> Outcome.OK;
            case 2, 5 -> Outcome.SERVER_ERROR;
            default -> {
                boolean known = code <= DSOTYPENI || (code >= FIRST_OF_EDNS && code < NAMES.length);
                yield known ? Outcome.CLIENT_ERROR : Outcome.ERROR;
            }
        };
    }
}
