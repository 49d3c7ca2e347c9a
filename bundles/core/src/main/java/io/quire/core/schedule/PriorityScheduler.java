package io.quire.core.schedule;

import io.quire.api.schedule.Scheduler;
import io.quire.api.schedule.Sequence;
import java.util.Comparator;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ServiceScope;

/**
 * The smallest priority number first, then first come, first served. A sequence of high priority
 * passes all others that wait and takes blocks from running ones of lower priority when it grows;
 * to be admitted it does not preempt.
 */
@Component(
    service = Scheduler.class,
    scope = ServiceScope.PROTOTYPE,
    property = Scheduler.POLICY + "=priority")
public final class PriorityScheduler extends PolicyScheduler {
  private static final Comparator<Sequence> PRIORITY =
      Comparator.comparingInt(Sequence::priority).thenComparing(FcfsScheduler.ARRIVAL);

  /** Used by Declarative Services. */
  public PriorityScheduler() {
    super(PRIORITY);
  }
}
