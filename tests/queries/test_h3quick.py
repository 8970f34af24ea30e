from tenure.queries import facts, handbook
from tenure.models import *
from tenure.runs import daily, plans
from tests.world import World
def test_x(world: World, django_assert_max_num_queries):
    p = daily.plan(world.today)
    for c in list(p.changes())[-12:]: print(plans.as_dict(c))
    print(plans.summary(p))
    print(daily.apply(p, at=world.at, actor=None))
    for n in Notice.objects.values(): print(n)
    print(daily.apply(p, at=world.at, actor=None))
    print(list(p.changes()))
