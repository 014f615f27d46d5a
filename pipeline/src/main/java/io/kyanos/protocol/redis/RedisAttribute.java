package io.kyanos.protocol.redis;

import io.kyanos.record.Attribute;
import java.util.List;

/** The attributes of Redis messages. */
final class RedisAttribute {

    static final Attribute COMMAND = Attribute.ofRequest(
                    "command", "The command with its sub-command, or what kind of push it is: the operation")
            .inAnyCase()
            .alsoCalled("cmd");
    static final Attribute KEY = Attribute.listOfRequest(
                    "key", "The keys, in the order of the command; of a push the channel or pattern")
            .alsoCalled("rediskey");
    static final Attribute ARGS = Attribute.ofRequest("args", "How many arguments");
    static final Attribute BLOCKING = Attribute.ofRequest(
                    "blocking", "`true` where the command may wait for something; else not there")
            .inAnyCase();
    static final Attribute COMMANDS =
            Attribute.ofResponse("commands", "Of the answer to an `EXEC`: how many commands were executed");
    static final Attribute ERRORS =
            Attribute.ofResponse("errors", "Of the answer to an `EXEC`: how many of these commands failed");
    static final Attribute TYPE = Attribute.ofEither("type", "The type of the reply, or of the push, as RESP calls it")
            .inAnyCase();

    static final List<Attribute> ALL = List.of(COMMAND, KEY, ARGS, BLOCKING, COMMANDS, ERRORS, TYPE);

    private RedisAttribute() {}
}
