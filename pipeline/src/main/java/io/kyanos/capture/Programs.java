package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.BpfObject;
import io.kyanos.bridge.ProgramResult;
import java.util.List;

/** The programs of one object, by their names. A refusal is a result, not an exception. */
interface Programs {

    /** Chooses before {@link #load} whether it loads this program. */
    void setAutoload(String program, boolean autoload);

    /**
     * Loads the programs; gives those that the kernel refuses.
     *
     * @throws BpfException where it refuses all of it
     */
    List<ProgramResult> load();

    ProgramResult attach(String program);

    /** Nothing happens when it is not attached. */
    void detach(String program);

    static Programs of(BpfObject object) {
        return new InKernel(object);
    }

    /** Programs for the kernel of this machine. */
    record InKernel(BpfObject object) implements Programs {

        @Override
        public void setAutoload(String program, boolean autoload) {
            object.setAutoload(program, autoload);
        }

        @Override
        public List<ProgramResult> load() {
            return object.load();
        }

        @Override
        public ProgramResult attach(String program) {
            return object.attach(program);
        }

        @Override
        public void detach(String program) {
            object.detach(program);
        }
    }
}
