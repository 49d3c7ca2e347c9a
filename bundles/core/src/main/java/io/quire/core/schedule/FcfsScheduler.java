package io.quire.core.schedule;

import io.quire.api.schedule.Scheduler;
import io.quire.api.schedule.Sequence;
import java.util.Comparator;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ServiceScope;

/** First come, first served. */
@Component(
    service = Scheduler.class,
    scope = ServiceScope.PROTOTYPE,
    property = Scheduler.POLICY + "=fcfs")
public final class FcfsScheduler extends PolicyScheduler {
  /** By arrival; choices of one request arrive together, and then the number decides. */
  static final Comparator<Sequence> ARRIVAL =
      Comparator.comparingLong(Sequence::arrival).thenComparingLong(Sequence::id);

  /** Used by Declarative Services. */
  public FcfsScheduler() {
    super(ARRIVAL);
  }
}
