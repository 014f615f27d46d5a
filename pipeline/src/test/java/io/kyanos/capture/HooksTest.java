package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kyanos.bridge.BpfException;
import io.kyanos.capture.HookResult.Outcome;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** With an object whose step has three alternatives, of which the kernel refuses some. */
class HooksTest {

    private static final Hook FIRST = new Hook("first", "tp_btf/first");
    private static final Hook SECOND = new Hook("second", "fentry/second");
    private static final Hook THIRD = new Hook("third", "kprobe/third");
    private static final Hook ITERATOR = new Hook("list", "iter/task");
    private static final CaptureStep STEP = CaptureStep.dispensable("step", "fake", "the step", FIRST, SECOND, THIRD);
    private static final CaptureStep ESSENTIAL =
            CaptureStep.essential("essential", "fake", "everything", FIRST, SECOND);
    private static final CaptureStep LISTED = CaptureStep.dispensable("listed", "fake", "the list", ITERATOR);

    private final FakePrograms programs = new FakePrograms();

    @Test
    void theFirstAlternativeThatAttachesIsTakenAndTheRestAreNotNeeded() {
        StepResult result = attach(STEP);

        assertThat(result.taken()).contains(FIRST);
        assertThat(outcomes(result)).containsExactly(Outcome.TAKEN, Outcome.NOT_NEEDED, Outcome.NOT_NEEDED);
        assertThat(programs.attached()).containsExactly("first");
    }

    @Test
    void theSecondIsTakenWhereTheFirstDoesNotLoad() {
        programs.refusesToLoad("first");

        StepResult result = attach(STEP);

        assertThat(result.taken()).contains(SECOND);
        assertThat(outcomes(result)).containsExactly(Outcome.NOT_LOADED, Outcome.TAKEN, Outcome.NOT_NEEDED);
        assertThat(programs.attached()).containsExactly("second");
    }

    @Test
    void theThirdIsTakenWhereNeitherOfTheOthersAttaches() {
        programs.refusesToLoad("first").refusesToAttach("second");

        StepResult result = attach(STEP);

        assertThat(result.taken()).contains(THIRD);
        assertThat(outcomes(result)).containsExactly(Outcome.NOT_LOADED, Outcome.NOT_ATTACHED, Outcome.TAKEN);
        assertThat(result.hooks().get(0).log()).isEqualTo("the verifier's words");
    }

    @Test
    void aStepIsLostOnlyWhereNoAlternativeAttaches() {
        programs.refusesToLoad("first").refusesToAttach("second").refusesToAttach("third");

        StepResult result = attach(STEP);

        assertThat(result.isTaken()).isFalse();
        assertThat(outcomes(result)).containsExactly(Outcome.NOT_LOADED, Outcome.NOT_ATTACHED, Outcome.NOT_ATTACHED);
        assertThat(programs.attached()).isEmpty();
    }

    @Test
    void anEssentialStepIsSatisfiedByItsSecondAlternative() {
        programs.refusesToAttach("first");

        assertThat(attach(ESSENTIAL).taken()).contains(SECOND);
    }

    @Test
    void anEssentialStepThatIsLostRefusesTheCaptureAndNamesEveryAlternative() {
        programs.refusesToLoad("first").refusesToAttach("second");

        assertThatExceptionOfType(BpfException.class)
                .isThrownBy(() -> attach(ESSENTIAL))
                .withMessage("load BPF program first for tp_btf/first: EINVAL: Invalid argument; "
                        + "attach BPF program second for fentry/second: ENOENT: No such file or directory")
                .matches(refusal -> refusal.errno() == 2);
    }

    @Test
    void aStepThatIsSwitchedOffLoadsNoneOfItsAlternatives() {
        Hooks hooks = new Hooks(programs, List.of(STEP), Set.of(STEP), Set.of());
        hooks.load();

        assertThat(programs.notLoaded()).containsExactly("first", "second", "third");
        assertThat(hooks.loaded(STEP)).isEmpty();
        assertThat(outcomes(hooks.attach().get(0))).containsOnly(Outcome.SWITCHED_OFF);
    }

    @Test
    void aStepThatIsNotMetYetIsLoadedAndAttachedLater() {
        Hooks hooks = new Hooks(programs, List.of(STEP, ESSENTIAL), Set.of(), Set.of(STEP));
        hooks.load();

        StepResult result = hooks.attach().get(0);

        assertThat(programs.notLoaded()).isEmpty();
        assertThat(result.isNotMet()).isTrue();
        assertThat(result.isTaken()).isFalse();
        assertThat(hooks.attachMet(STEP).taken()).contains(FIRST);
    }

    @Test
    void aStepThatTheKernelRefusesIsRefusedBeforeItIsMet() {
        programs.refusesToLoad("first").refusesToLoad("second").refusesToLoad("third");
        Hooks hooks = new Hooks(programs, List.of(STEP), Set.of(), Set.of(STEP));
        hooks.load();

        assertThat(outcomes(hooks.attach().get(0))).containsOnly(Outcome.NOT_LOADED);
    }

    @Test
    void anIteratorIsTakenOnceItIsLoaded() {
        Hooks hooks = new Hooks(programs, List.of(LISTED), Set.of(), Set.of());
        hooks.load();

        assertThat(hooks.loaded(LISTED)).contains(ITERATOR);
        assertThat(hooks.attach().get(0).taken()).contains(ITERATOR);
        assertThat(programs.attached()).isEmpty();
    }

    @Test
    void aStepIsMissingWhereNoneOfItsAlternativesLoads() {
        programs.refusesToLoad("first").refusesToLoad("second").refusesToLoad("third");

        assertThat(loaded(Set.of(), LISTED, STEP).haveLoadedAllBut(Set.of())).isFalse();
    }

    @Test
    void nothingIsMissingWhereOneAlternativeOfEachStepLoads() {
        programs.refusesToLoad("first").refusesToLoad("third");

        assertThat(loaded(Set.of(), LISTED, STEP, ESSENTIAL).haveLoadedAllBut(Set.of()))
                .isTrue();
    }

    @Test
    void whatIsSwitchedOffIsNotMissing() {
        programs.refusesToLoad("list");

        assertThat(loaded(Set.of(LISTED), LISTED, STEP).haveLoadedAllBut(Set.of()))
                .isTrue();
    }

    @Test
    void whatIsToldFromNowhereElseIsNotMissedEither() {
        programs.refusesToLoad("list");

        assertThat(loaded(Set.of(), LISTED, STEP).haveLoadedAllBut(Set.of(LISTED)))
                .isTrue();
        assertThat(loaded(Set.of(), LISTED, STEP).haveLoadedAllBut(Set.of(STEP)))
                .isFalse();
    }

    private Hooks loaded(Set<CaptureStep> off, CaptureStep... steps) {
        Hooks hooks = new Hooks(programs, List.of(steps), off, Set.of());
        hooks.load();
        return hooks;
    }

    @Test
    void aTrialLeavesNothingAttached() {
        programs.refusesToAttach("first");
        Hooks hooks = new Hooks(programs, List.of(STEP, ESSENTIAL), Set.of(), Set.of());
        hooks.load();

        List<StepResult> results = hooks.attachEachForAMoment();

        assertThat(results)
                .extracting(StepResult::taken)
                .allMatch(taken -> taken.get().equals(SECOND));
        assertThat(programs.attached()).isEmpty();
    }

    private StepResult attach(CaptureStep step) {
        Hooks hooks = new Hooks(programs, List.of(step), Set.of(), Set.of());
        hooks.load();
        return hooks.attach().get(0);
    }

    private static List<Outcome> outcomes(StepResult result) {
        return result.hooks().stream().map(HookResult::outcome).toList();
    }
}
