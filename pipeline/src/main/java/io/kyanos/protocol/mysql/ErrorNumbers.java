package io.kyanos.protocol.mysql;

import io.kyanos.record.Outcome;
import it.unimi.dsi.fastutil.ints.IntOpenHashSet;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The numbers of errors, whose errors they are, and what they tell of tables. */
// https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html, https://mariadb.com/kb/en/mariadb-error-codes/
final class ErrorNumbers {

    /** Not an error, but how far a statement has come. */
    static final int PROGRESS = 0xffff;

    /** All that are known are less. */
    static final int END = 4300;

    /** What the server lacks, loses or cannot do now: the same statement succeeds at another time. */
    private static final IntOpenHashSet OF_SERVER = set("""
            1003 1004 1006 1009 1010 1011 1012 1013 1014 1015 1016 1017 1018 1020 1021 1023 1024 1025 1026 1030 1033 1034 1035
            1037 1038 1040 1041 1042 1053 1077 1078 1080 1104 1105 1114 1119 1126 1127 1129 1135 1158 1159 1160 1161 1180 1181
            1182 1188 1189 1190 1194 1195 1197 1203 1205 1206 1213 1218 1219 1220 1226 1236 1257 1275 1297 1430 1436 1456 1477
            1501 1525 1528 1548 1565 1568 1594 1595 1613 1614 1637 1667 1712 1726 1735 1742 1763 1812 1814 1815 1861 1877 1878
            1888 1926 1927 1968 1969 1970 3024 3030 3058 3100 3101 3168 3169 3170 3179 3572 3597 3638 3656 3668 3755 3879 4031
            4060 4131""");

    /** They come of a statement that was understood. */
    private static final IntOpenHashSet OF_VALUES = set("""
            1020 1021 1022 1030 1048 1062 1114 1169 1196 1197 1205 1206 1213 1216 1217 1242 1264 1265 1292 1317 1365 1366 1367 1369
            1406 1411 1422 1451 1452 1526 1531 1557 1568 1586 1644 1690 1792 1859 1969 3024 3140 3156 3572 3819 4025""");

    /** What they quote are names, not values. */
    private static final IntOpenHashSet OF_NAMES = set("""
            1006 1007 1008 1016 1017 1044 1045 1046 1048 1049 1050 1051 1054 1059 1060 1061 1068 1072 1091 1103 1109 1110 1112 1113
            1114 1129 1130 1142 1143 1146 1147 1176 1190 1203 1226 1231 1238 1264 1265 1290 1304 1305 1356 1359 1360 1364 1370 1406 1410
            1419 1471 1524 1698 1812 1820 1932 3118 3554 3730 3819 4025""");

    private ErrorNumbers() {}

    private static IntOpenHashSet set(String numbers) {
        return new IntOpenHashSet(Arrays.stream(numbers.strip().split("\\s+"))
                .mapToInt(Integer::parseInt)
                .toArray());
    }

    /** Whether servers give this number to errors of their own; others come of SIGNAL in procedures. */
    static boolean isKnown(int number) {
        return (number >= 1000 && number < 2000) || (number >= 3000 && number < END);
    }

    static Outcome outcome(int number) {
        return OF_SERVER.contains(number) ? Outcome.SERVER_ERROR : Outcome.CLIENT_ERROR;
    }

    /** Whether a statement that failed with this status had been understood: its table exists. */
    static boolean showThatTablesExist(String status) {
        return status.length() == 4
                && status.chars().allMatch(c -> c >= '0' && c <= '9')
                && OF_VALUES.contains(Integer.parseInt(status));
    }

    /** All of them, for documents. */
    static String ofServer() {
        return Arrays.stream(OF_SERVER.toIntArray())
                .sorted()
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(", "));
    }

    static boolean quoteNames(int number) {
        return OF_NAMES.contains(number);
    }
}
