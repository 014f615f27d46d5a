import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/** java Client.java PORT: what client.js does, by the JDK's client, which upgrades from HTTP/1. */
class Client {

    public static void main(String[] arguments) throws Exception {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        String address = "http://127.0.0.1:" + arguments[0];
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        System.out.println("ready");
        boolean isFirst = true;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            int first = Integer.parseInt(words[0]);
            int end = first + Integer.parseInt(words[1]);
            Map<Integer, Integer> statuses = new TreeMap<>();
            Semaphore atOnce = new Semaphore(10);
            List<CompletableFuture<HttpResponse<byte[]>>> asked = new ArrayList<>();
            for (int i = first; i < end; i++) {
                String path = words[2].equals("new") ? "/users/" + i : List.of("/users", "/orders", "/nothing").get(i % 3);
                HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + path));
                if (i % 4 == 3) {
                    request.POST(HttpRequest.BodyPublishers.ofByteArray(new byte[100]));
                }
                atOnce.acquire();
                asked.add(client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofByteArray())
                        .whenComplete((response, error) -> atOnce.release()));
                if (isFirst) {
                    // until it is answered there is no connection of HTTP/2 to share
                    asked.get(0).join();
                    isFirst = false;
                }
            }
            for (CompletableFuture<HttpResponse<byte[]>> one : asked) {
                if (one.join().version() != HttpClient.Version.HTTP_2) {
                    throw new IllegalStateException("not HTTP/2");
                }
                statuses.merge(one.join().statusCode(), 1, Integer::sum);
            }
            StringBuilder told = new StringBuilder("done " + line);
            statuses.forEach((status, n) -> told.append(' ').append(status).append('=').append(n));
            System.out.println(told);
        }
    }
}
