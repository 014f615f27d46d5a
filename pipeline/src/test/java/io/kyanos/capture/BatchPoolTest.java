package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.kyanos.event.EventBatch;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BatchPoolTest {

    private final BatchPool pool = new BatchPool(2, 100);

    @Test
    void lendsEachBatchToOneHolder() throws InterruptedException {
        EventBatch first = take();
        EventBatch second = take();

        assertThat(first.slab()).hasSize(100).isNotSameAs(second.slab());
        assertThat(pool.inUse()).isEqualTo(2);
        assertThat(pool.take(Duration.ZERO)).isNull();
    }

    @Test
    void lendsABatchAgainOnceItsLastHolderHasReleasedIt() throws InterruptedException {
        EventBatch batch = take();
        take();
        batch.add(0, 10);
        batch.retain();

        batch.release();
        assertThat(pool.take(Duration.ZERO)).isNull();

        batch.release();
        assertThat(pool.inUse()).isEqualTo(1);
        assertThat(take()).isSameAs(batch);
        assertThat(batch.size()).as("empty again").isZero();
    }

    @Test
    void makesNoFurtherBatchWhileOneIsFree() throws InterruptedException {
        EventBatch first = take();
        first.release();
        assertThat(pool.inUse()).isZero();

        assertThat(take()).isSameAs(first);
        assertThat(take()).isNotSameAs(first);
    }

    @Test
    void noticesOneReleaseTooMany() throws InterruptedException {
        EventBatch batch = take();
        batch.release();

        assertThatIllegalStateException().isThrownBy(batch::release);
        assertThatIllegalStateException().isThrownBy(batch::retain);
    }

    private EventBatch take() throws InterruptedException {
        EventBatch batch = pool.take(Duration.ZERO);
        assertThat(batch).isNotNull();
        return batch;
    }
}
