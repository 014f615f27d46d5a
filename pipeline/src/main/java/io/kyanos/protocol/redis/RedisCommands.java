package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.redis.RedisCommand.Keys;
import io.kyanos.protocol.redis.RedisCommand.Place;
import io.kyanos.protocol.redis.RedisCommand.Special;
import io.kyanos.protocol.redis.RedisCommand.Wait;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The closed table of commands up to Redis 8, with those of its modules. Its names are the only operation labels that
 * requests can have; anything else is {@link #OTHER}.
 */
// https://redis.io/docs/latest/commands/
final class RedisCommands {

    static final RedisCommand OTHER =
            new RedisCommand("other", Place.NOWHERE, false, false, Special.NONE, Wait.NONE, false);

    /** A HELLO that logs in as well: an error in its answer may be the program's, as a password may be wrong. */
    static final RedisCommand HELLO_WITH_LOGIN =
            new RedisCommand("HELLO", Place.NOWHERE, false, false, Special.HELLO, Wait.NONE, false);

    private static final Map<String, Special> SPECIALS = Map.ofEntries(
            Map.entry("SUBSCRIBE", Special.SUBSCRIBE),
            Map.entry("PSUBSCRIBE", Special.SUBSCRIBE),
            Map.entry("SSUBSCRIBE", Special.SUBSCRIBE),
            Map.entry("UNSUBSCRIBE", Special.UNSUBSCRIBE),
            Map.entry("PUNSUBSCRIBE", Special.UNSUBSCRIBE),
            Map.entry("SUNSUBSCRIBE", Special.UNSUBSCRIBE),
            Map.entry("MONITOR", Special.MONITOR),
            Map.entry("CLIENT REPLY", Special.CLIENT_REPLY),
            Map.entry("HELLO", Special.HELLO),
            Map.entry("SYNC", Special.SYNC),
            Map.entry("PSYNC", Special.PSYNC),
            Map.entry("RESET", Special.RESET),
            Map.entry("MULTI", Special.MULTI),
            Map.entry("EXEC", Special.EXEC),
            Map.entry("DISCARD", Special.DISCARD),
            Map.entry("QUIT", Special.QUIT),
            Map.entry("WATCH", Special.WATCH),
            Map.entry("REPLCONF", Special.REPLCONF),
            Map.entry("AUTH", Special.AUTH),
            Map.entry("CONFIG SET", Special.CONFIG_SET),
            Map.entry("ACL SETUSER", Special.ACL_SETUSER),
            Map.entry("MIGRATE", Special.MIGRATE));

    private static final Map<String, Wait> WAITS = Map.ofEntries(
            Map.entry("BLMPOP", Wait.FIRST_SECONDS),
            Map.entry("BZMPOP", Wait.FIRST_SECONDS),
            Map.entry("BLPOP", Wait.LAST_SECONDS),
            Map.entry("BRPOP", Wait.LAST_SECONDS),
            Map.entry("BLMOVE", Wait.LAST_SECONDS),
            Map.entry("BRPOPLPUSH", Wait.LAST_SECONDS),
            Map.entry("BZPOPMAX", Wait.LAST_SECONDS),
            Map.entry("BZPOPMIN", Wait.LAST_SECONDS),
            Map.entry("WAIT", Wait.LAST_MILLIS),
            Map.entry("WAITAOF", Wait.LAST_MILLIS),
            Map.entry("XREAD", Wait.BLOCK_OPTION),
            Map.entry("XREADGROUP", Wait.BLOCK_OPTION));

    /**
     * What client libraries and redis-cli send by themselves when they connect, whatever the server knows of it. Not
     * what they are configured to send: a name, a database, a password, a mode.
     */
    private static final Set<String> SETUP =
            Set.of("HELLO", "CLIENT SETINFO", "CLIENT MAINT_NOTIFICATIONS", "COMMAND", "COMMAND DOCS");

    /** Commands whose second word may be part of their label. */
    private static final Set<String> CONTAINERS = Set.of(
            "ACL",
            "CLIENT",
            "CLUSTER",
            "COMMAND",
            "CONFIG",
            "DEBUG",
            "FUNCTION",
            "LATENCY",
            "MEMORY",
            "MODULE",
            "OBJECT",
            "PUBSUB",
            "SCRIPT",
            "SENTINEL",
            "SLOWLOG",
            "XGROUP",
            "XINFO");

    private static final Map<String, RedisCommand> BY_NAME = table();
    private static final WordTable<RedisCommand> TABLE = new WordTable<>(BY_NAME.values(), RedisCommand::name);

    private RedisCommands() {}

    static int size() {
        return BY_NAME.size();
    }

    static Iterable<RedisCommand> all() {
        return BY_NAME.values();
    }

    /** The command whose first word stands in {@code [from, to)}, in whatever case; null if it is not in the table. */
    static @Nullable RedisCommand find(ByteView view, int from, int to) {
        return TABLE.find(view, from, to);
    }

    /** The command of {@code container} whose second word stands in {@code [from, to)}, else the container itself. */
    static RedisCommand find(RedisCommand container, ByteView view, int from, int to) {
        RedisCommand found = TABLE.find(container.bytes(), view, from, to);
        return found == null ? container : found;
    }

    private static Map<String, RedisCommand> table() {
        Table table = new Table();
        table.flat(1, 1, 1, """
                APPEND BITCOUNT BITPOS DECR DECRBY DIGEST DUMP EXPIRE EXPIREAT EXPIRETIME GEOADD GEODIST GET GETBIT
                GETDEL GETEX GETRANGE GETSET HDEL HEXISTS HGET HINCRBY HINCRBYFLOAT HLEN HMSET HSET HSETEX HSETNX
                HSTRLEN INCR INCRBY INCRBYFLOAT LINDEX LINSERT LLEN LPUSH LPUSHX LREM LSET LTRIM MOVE PERSIST PEXPIRE
                PEXPIREAT PEXPIRETIME PFADD PSETEX PTTL RESTORE RESTORE-ASKING RPUSH RPUSHX SADD SCARD SET SETBIT
                SETEX SETNX SETRANGE SISMEMBER SREM STRLEN SUBSTR TTL TYPE XACK XADD XDEL XLEN XSETID XTRIM ZADD
                ZCARD ZCOUNT ZINCRBY ZLEXCOUNT ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZSCORE DELEX""");
        table.flat(0, 0, 1, """
                ASKING AUTH BGREWRITEAOF BGSAVE DBSIZE DISCARD ECHO FAILOVER FLUSHALL FLUSHDB INFO LASTSAVE LOLWUT
                MULTI PING PUBLISH QUIT RANDOMKEY READONLY READWRITE REPLICAOF RESET SAVE SELECT SHUTDOWN SLAVEOF SWAPDB
                UNWATCH WAIT""");
        table.flat(1, -1, 1, """
                DEL EXISTS PFCOUNT PFMERGE SDIFFSTORE SINTERSTORE SUNIONSTORE TOUCH UNLINK WATCH""");
        table.flat(1, -1, 2, "MSET MSETNX");
        table.flat(1, 2, 1, """
                BLMOVE BRPOPLPUSH COPY GEOSEARCHSTORE LMOVE RENAME RENAMENX RPOPLPUSH SMOVE ZRANGESTORE""");
        table.flat(2, -1, 1, "BITOP");
        table.rows("MIGRATE", new Place(Keys.MIGRATED, 3, 3, 1), true);
        table.flat(1, 1, 1, "SPUBLISH");
        table.nested(1, 1, 1, """
                BITFIELD BITFIELD_RO GEOHASH GEOPOS GEORADIUSBYMEMBER_RO GEORADIUS_RO GEOSEARCH HEXPIRE HEXPIREAT HEXPIRETIME HGETALL HGETDEL HGETEX HKEYS HMGET HPERSIST HPEXPIRE
                HPEXPIREAT HPEXPIRETIME HPTTL HRANDFIELD HSCAN HTTL HVALS LPOP LPOS LRANGE RPOP SMEMBERS SMISMEMBER
                SORT_RO SPOP SRANDMEMBER SSCAN XACKDEL XAUTOCLAIM XCLAIM XCFGSET XDELEX XPENDING XRANGE XREVRANGE
                ZMSCORE ZPOPMAX ZPOPMIN ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK ZREVRANGE ZREVRANGEBYLEX
                ZREVRANGEBYSCORE ZREVRANK ZSCAN VADD VCARD VDIM VEMB VGETATTR VINFO VISMEMBER VLINKS VRANDMEMBER VRANGE
                VREM VSETATTR VSIM""");
        table.nested(1, -1, 1, "MGET SDIFF SINTER SSUBSCRIBE SUNION SUNSUBSCRIBE");
        table.nested(1, -2, 1, "BLPOP BRPOP BZPOPMAX BZPOPMIN");
        table.nested(1, 2, 1, "LCS");
        table.nested(2, 2, 1, "PFDEBUG");
        table.nested(0, 0, 1, """
                ACL CLIENT CLUSTER COMMAND CONFIG DEBUG EXEC FUNCTION HELLO KEYS LATENCY MEMORY MODULE MONITOR OBJECT
                PFSELFTEST PSUBSCRIBE PSYNC PUBSUB PUNSUBSCRIBE REPLCONF ROLE SCAN SCRIPT SENTINEL SLOWLOG SUBSCRIBE
                SYNC TIME UNSUBSCRIBE WAITAOF XGROUP XINFO""");
        table.counted(2, "BLMPOP BZMPOP EVAL EVAL_RO EVALSHA EVALSHA_RO FCALL FCALL_RO");
        table.counted(1, "LMPOP MSETEX SINTERCARD ZDIFF ZINTER ZINTERCARD ZMPOP ZUNION");
        table.destinationAndCounted("ZDIFFSTORE ZINTERSTORE ZUNIONSTORE");
        table.rows("XREAD", new Place(Keys.STREAMS, 1, 0, 1), false);
        table.rows("XREADGROUP", new Place(Keys.STREAMS, 4, 0, 1), false);
        table.rows("SORT", new Place(Keys.STORE, 1, 1, 2), false);
        table.rows("GEORADIUS", new Place(Keys.STORE, 1, 1, 6), false);
        table.rows("GEORADIUSBYMEMBER", new Place(Keys.STORE, 1, 1, 5), false);

        table.subcommands("ACL", 0, """
                CAT DELUSER DRYRUN GENPASS GETUSER HELP LIST LOAD LOG SAVE SETUSER USERS WHOAMI""");
        table.subcommands("CLIENT", 0, """
                CACHING CAPA GETNAME GETREDIR HELP ID IMPORT-SOURCE INFO KILL LIST MAINT_NOTIFICATIONS NO-EVICT NO-TOUCH PAUSE
                REPLY SETINFO SETNAME TRACKING TRACKINGINFO UNBLOCK UNPAUSE""");
        table.subcommands("CLUSTER", 0, """
                ADDSLOTS ADDSLOTSRANGE BUMPEPOCH COUNT-FAILURE-REPORTS COUNTKEYSINSLOT DELSLOTS DELSLOTSRANGE FAILOVER
                FLUSHSLOTS FORGET GETKEYSINSLOT HELP INFO KEYSLOT LINKS MEET MIGRATION MYID MYSHARDID NODES REPLICAS
                REPLICATE RESET SAVECONFIG SET-CONFIG-EPOCH SETSLOT SHARDS SLAVES SLOT-STATS SLOTS""");
        table.subcommands("COMMAND", 0, "COUNT DOCS GETKEYS GETKEYSANDFLAGS HELP INFO LIST");
        table.subcommands("CONFIG", 0, "GET HELP RESETSTAT REWRITE SET");
        table.subcommands("DEBUG", 0, "DIGEST HELP JMAP OBJECT RELOAD SLEEP");
        table.subcommands("FUNCTION", 0, "DELETE DUMP FLUSH HELP KILL LIST LOAD RESTORE STATS");
        table.subcommands("LATENCY", 0, "DOCTOR GRAPH HELP HISTOGRAM HISTORY LATEST RESET");
        table.subcommands("MEMORY", 0, "DOCTOR HELP MALLOC-STATS PURGE STATS");
        table.subcommands("MEMORY", 2, "USAGE");
        table.subcommands("MODULE", 0, "HELP LIST LOAD LOADEX UNLOAD");
        table.subcommands("OBJECT", 0, "HELP");
        table.subcommands("OBJECT", 2, "ENCODING FREQ IDLETIME REFCOUNT");
        table.subcommands("PUBSUB", 0, "CHANNELS HELP NUMPAT NUMSUB SHARDCHANNELS SHARDNUMSUB");
        table.subcommands("SCRIPT", 0, "DEBUG EXISTS FLUSH HELP KILL LOAD");
        table.subcommands("SENTINEL", 0, """
                CKQUORUM CONFIG DEBUG FAILOVER FLUSHCONFIG GET-MASTER-ADDR-BY-NAME HELP INFO-CACHE IS-MASTER-DOWN-BY-ADDR
                MASTER MASTERS MONITOR MYID PENDING-SCRIPTS REMOVE REPLICAS RESET SENTINELS SET SIMULATE-FAILURE
                SLAVES""");
        table.subcommands("SLOWLOG", 0, "GET HELP LEN RESET");
        table.subcommands("XGROUP", 0, "HELP");
        table.subcommands("XGROUP", 2, "CREATE CREATECONSUMER DELCONSUMER DESTROY SETID");
        table.subcommands("XINFO", 0, "HELP");
        table.subcommands("XINFO", 2, "CONSUMERS GROUPS STREAM");

        table.nested(1, 1, 1, """
                JSON.ARRAPPEND JSON.ARRINDEX JSON.ARRINSERT JSON.ARRLEN JSON.ARRPOP JSON.ARRTRIM JSON.CLEAR JSON.DEL
                JSON.FORGET JSON.GET JSON.MERGE JSON.NUMINCRBY JSON.NUMMULTBY JSON.OBJKEYS JSON.OBJLEN JSON.RESP JSON.SET
                JSON.STRAPPEND JSON.STRLEN JSON.TOGGLE JSON.TYPE
                BF.ADD BF.CARD BF.EXISTS BF.INFO BF.INSERT BF.LOADCHUNK BF.MADD BF.MEXISTS BF.RESERVE BF.SCANDUMP
                CF.ADD CF.ADDNX CF.COUNT CF.DEL CF.EXISTS CF.INFO CF.INSERT CF.INSERTNX CF.LOADCHUNK CF.MEXISTS
                CF.RESERVE CF.SCANDUMP CMS.INCRBY CMS.INFO CMS.INITBYDIM CMS.INITBYPROB CMS.QUERY TOPK.ADD TOPK.COUNT
                TOPK.INCRBY TOPK.INFO TOPK.LIST TOPK.QUERY TOPK.RESERVE TDIGEST.ADD TDIGEST.BYRANK TDIGEST.BYREVRANK
                TDIGEST.CDF TDIGEST.CREATE TDIGEST.INFO TDIGEST.MAX TDIGEST.MIN TDIGEST.QUANTILE TDIGEST.RANK
                TDIGEST.RESET TDIGEST.REVRANK TDIGEST.TRIMMED_MEAN
                TS.ADD TS.ALTER TS.CREATE TS.DECRBY TS.DEL TS.GET TS.INCRBY TS.INFO TS.RANGE TS.REVRANGE""");
        table.nested(1, -2, 1, "JSON.MGET");
        table.nested(1, -1, 3, "JSON.MSET TS.MADD");
        table.nested(1, 2, 1, "TS.CREATERULE TS.DELETERULE");
        table.nested(0, 0, 1, """
                FT.AGGREGATE FT.ALIASADD FT.ALIASDEL FT.ALIASUPDATE FT.ALTER FT.CREATE FT.CURSOR FT.DICTADD FT.DICTDEL
                FT.DICTDUMP FT.DROPINDEX FT.EXPLAIN FT.EXPLAINCLI FT.HYBRID FT.INFO FT.PROFILE FT.SEARCH FT.SPELLCHECK
                FT.SUGADD FT.SUGDEL FT.SUGGET FT.SUGLEN FT.SYNDUMP FT.SYNUPDATE FT.TAGVALS FT._LIST
                TS.MGET TS.MRANGE TS.MREVRANGE TS.QUERYINDEX""");
        table.destinationAndCounted("CMS.MERGE TDIGEST.MERGE");
        return table.commands;
    }

    /** Collects rows of names that share the place of their keys. */
    private static final class Table {

        private final Map<String, RedisCommand> commands = new LinkedHashMap<>();

        void flat(int first, int last, int step, String names) {
            rows(names, range(first, last, step), true);
        }

        void nested(int first, int last, int step, String names) {
            rows(names, range(first, last, step), false);
        }

        void counted(int count, String names) {
            rows(names, new Place(Keys.COUNTED, count, count, 1), false);
        }

        void destinationAndCounted(String names) {
            rows(names, new Place(Keys.COUNTED, 1, 2, 1), true);
        }

        void subcommands(String container, int key, String names) {
            for (String name : names.split("\\s+")) {
                add(container + ' ' + name, range(key, key, 1), false);
            }
        }

        void rows(String names, Place keys, boolean flat) {
            for (String name : names.split("\\s+")) {
                add(name, keys, flat);
            }
        }

        private static Place range(int first, int last, int step) {
            return first == 0 ? Place.NOWHERE : new Place(Keys.RANGE, first, last, step);
        }

        private void add(String name, Place keys, boolean flat) {
            Special special = SPECIALS.getOrDefault(name, Special.NONE);
            Wait wait = WAITS.getOrDefault(name, Wait.NONE);
            RedisCommand row =
                    new RedisCommand(name, keys, flat, CONTAINERS.contains(name), special, wait, SETUP.contains(name));
            if (commands.put(name, row) != null) {
                throw new IllegalStateException("command table: " + name + " twice");
            }
        }
    }
}
