package io.kyanos.protocol;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Stands between an interface's object and its callers: every call goes on, whatever methods there will be. */
public final class Spy {

    /** Sees a call. */
    @FunctionalInterface
    public interface Seeing {

        /** What is answered in place of the object; null if it answers itself. */
        @Nullable
        Object sees(String method, Object[] arguments);
    }

    private static final Object[] NOTHING = {};

    private Spy() {}

    public static <T> T on(Class<T> type, T real, Seeing seeing) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, given) -> {
            Object instead = seeing.sees(method.getName(), given == null ? NOTHING : given);
            try {
                return instead == null ? method.invoke(real, given) : instead;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    /** The protocol, which tells its name when a conversation of it begins. */
    public static Protocol conversing(Protocol real, Consumer<String> begun) {
        return on(Protocol.class, real, (method, arguments) -> {
            if (method.equals("newConversation")) {
                begun.accept(real.name());
            }
            return null;
        });
    }
}
