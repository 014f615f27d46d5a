package io.kyanos.protocol.web;

import io.kyanos.protocol.ByteView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Words that paths of many programs share and that are never a person's name or a number: part of a route at first sight.
 */
final class RouteVocabulary {

    private static final String WORDS = """
            v0 v1 v2 v3 v4 v5 v6 v7 v8 v9 v1.0 v1.1 v2.0 v1alpha1 v1alpha2 v1beta1 v1beta2 v1beta3 v2alpha1 v2beta1 v2beta2
            api apis rest rpc graphql grpc web www ws wss sse socket socket.io sockjs internal external public private
            admin administrator app apps application applications service services svc system sys server servers
            index home main about contact help docs doc documentation swagger openapi openapi.json swagger-ui spec schema
            schemas example examples sample samples demo test tests testing echo hello hi world foo bar baz ping pong time
            now date delay sleep slow fast big small large tiny medium empty none null ok error errors fail failure status
            health healthz healthcheck health-check ready readyz readiness live livez liveness alive heartbeat up info
            version versions build env environment environments metrics prometheus stats stat statistics monitor
            monitoring actuator debug pprof trace traces tracing log logs audit alert alerts alertmanager rule rules
            query query_range series label labels values targets federate write read push pull
            user users account accounts profile profiles me self member members people person persons customer customers
            client clients company companies organization organizations org orgs team teams group groups role roles
            permission permissions policy policies tenant tenants project projects workspace workspaces repository
            repositories repo repos branch branches commit commits tag tags release releases issue issues pulls
            login logout signin signout signup sign-in sign-out sign-up register registration auth oauth oauth2 authorize
            authentication authorization token tokens session sessions password reset refresh verify verification confirm
            activate activation invite invites invitation invitations callback sso saml openid userinfo certs jwks
            product products item items article articles post posts page pages blog blogs news comment comments review
            reviews rating ratings category categories topic topics thread threads forum forums question questions answer
            answers feed feeds story stories like likes follow followers following favorite favorites bookmark bookmarks
            order orders cart carts basket baskets checkout payment payments invoice invoices refund refunds billing
            subscription subscriptions plan plans price prices pricing quote quotes coupon coupons discount discounts
            shipping shipment shipments delivery deliveries address addresses country countries city cities store stores
            shop inventory stock catalog catalogue warehouse supplier suppliers vendor vendors transaction transactions
            transfer transfers balance balances wallet wallets bank card cards currency currencies exchange
            message messages chat chats channel channels room rooms conversation conversations notification notifications
            email emails mail mails sms inbox outbox contacts calendar calendars event events meeting meetings schedule
            schedules task tasks todo todos job jobs queue queues worker workers workflow workflows run runs batch batches
            pipeline pipelines process processes execution executions result results report reports dashboard dashboards
            chart charts graph graphs analytics insight insights search find lookup filter list lists all new create
            update edit delete remove add get set save submit cancel close open start stop restart pause resume enable
            disable import export upload uploads download downloads file files folder folders directory directories
            document documents attachment attachments image images img imgs photo photos picture pictures avatar avatars
            thumbnail thumbnails icon icons video videos audio music media asset assets static resource resources
            css js javascript style styles script scripts font fonts lib libs vendor dist src bundle public_html
            theme themes template templates content contents data database databases db table tables row rows column
            columns record records entity entities object objects model models type types field fields key keys value
            entry entries collection collections index indices indexes document_types _search _bulk _doc _count _mapping
            _cluster _cat _nodes _all _msearch _source node nodes cluster clusters host hosts instance instances
            container containers pod pods namespace namespaces deployment deployments replicasets daemonsets statefulsets
            configmap configmaps secret secrets ingress ingresses endpoint endpoints network networks volume volumes
            config configs configuration configurations setting settings preference preferences option options parameter
            parameters feature features flag flags experiment experiments device devices sensor sensors location locations
            map maps route routes vehicle vehicles driver drivers trip trips booking bookings reservation reservations
            hotel hotels flight flights ticket tickets game games player players match matches score scores level levels
            leaderboard course courses lesson lessons student students teacher teachers class classes school schools
            book books author authors library libraries movie movies song songs album albums artist artists playlist
            playlists track tracks show shows episode episodes season seasons
            patient patients doctor doctors appointment appointments claim claims policyholder contract contracts lead
            leads deal deals campaign campaigns survey surveys form forms proxy gateway webhook webhooks hook hooks
            integration integrations plugin plugins extension extensions module modules component components package
            packages image_search manifests blobs tags_list registry artifact artifacts bucket buckets backup backups
            snapshot snapshots archive archives history activity activities timeline summary details detail overview
            count counts total latest recent popular trending top random first last next previous current default
            common shared global local remote wp-admin wp-content wp-includes wp-json wp-login.php xmlrpc.php cgi-bin
            phpmyadmin index.html index.htm index.php index.jsp index.js favicon.ico robots.txt sitemap.xml manifest.json
            html htm xml json csv txt pdf png jpg svg zip sql cfg mgmt mgr msg cmd crm erp cms dns vpn ssh ftp smtp tcp udp nfs
            k8s s3 mp3 mp4 sdk cdn gps ldap rss wsdl soap xmpp mqtt
            service-worker.js sw.js main.js app.js main.css app.css style.css styles.css bundle.js .well-known
            """;

    private static final int TABLE_SIZE = 4096;
    private static final byte[] FREE = {};
    private static final byte[][] TABLE = table();

    private RouteVocabulary() {}

    static boolean contains(long hash, ByteView view, int from, int to) {
        for (int i = (int) hash & (TABLE_SIZE - 1); ; i = (i + 1) & (TABLE_SIZE - 1)) {
            byte[] word = TABLE[i];
            if (word == FREE) {
                return false;
            }
            if (word.length == to - from && view.startsWith(word, from)) {
                return true;
            }
        }
    }

    private static byte[][] table() {
        byte[][] table = new byte[TABLE_SIZE][];
        Arrays.fill(table, FREE);
        for (String word : WORDS.trim().split("\\s+")) {
            byte[] bytes = word.getBytes(StandardCharsets.US_ASCII);
            int i = (int) PathWord.hash(new ByteView(bytes, 0, bytes.length), 0, bytes.length) & (TABLE_SIZE - 1);
            while (table[i] != FREE) {
                i = (i + 1) & (TABLE_SIZE - 1);
            }
            table[i] = bytes;
        }
        return table;
    }
}
