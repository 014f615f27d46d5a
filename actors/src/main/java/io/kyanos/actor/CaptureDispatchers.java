package io.kyanos.actor;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.dispatch.DispatcherConfigurator;
import org.apache.pekko.dispatch.Dispatchers;
import org.apache.pekko.dispatch.MessageDispatcherConfigurator;
import org.apache.pekko.dispatch.PinnedDispatcherConfigurator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives an actor system the dispatchers of captures if its own configuration has none, as in a service that was started with
 * a configuration without this library's reference.conf.
 */
public final class CaptureDispatchers {

    private static final Logger log = LoggerFactory.getLogger(CaptureDispatchers.class);

    private CaptureDispatchers() {}

    /** What the system has stays as it is, whatever another configuration says. */
    public static void provide(ActorSystem system, Config config) {
        Dispatchers dispatchers = system.dispatchers();
        for (String path : List.of(
                ActorSettings.STREAM_DISPATCHER,
                ActorSettings.ROUTER_DISPATCHER,
                ActorSettings.CONNECTION_DISPATCHER)) {
            if (!dispatchers.hasDispatcher(path)) {
                Config settings = ConfigFactory.parseMap(
                                Map.of("id", path, "name", path.substring(path.lastIndexOf('.') + 1)))
                        .withFallback(config.getConfig(path))
                        .withFallback(system.settings().config().getConfig(Dispatchers.DefaultDispatcherId()));
                if (dispatchers.registerConfigurator(path, configurator(settings, dispatchers))) {
                    log.info(
                            "actor system {} has no {}: made as the capture's configuration says", system.name(), path);
                }
            }
        }
    }

    private static MessageDispatcherConfigurator configurator(Config settings, Dispatchers dispatchers) {
        return settings.getString("type").equals("PinnedDispatcher")
                ? new PinnedDispatcherConfigurator(settings, dispatchers.prerequisites())
                : new DispatcherConfigurator(settings, dispatchers.prerequisites());
    }
}
