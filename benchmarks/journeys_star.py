"""Compiles the task graphs of recorded service dialogues to journeys and counts the acts of the desk they foretell.

    .venv/bin/python benchmarks/journeys_star.py --data DIR [--json] [--limit N] [--show TASK]
"""

import argparse
import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.load.figures import percentile, tell
from benchmarks.star.charts import branches, chart
from benchmarks.star.desk import as_yaml, desk_files
from benchmarks.star.happenings import happenings, learned_from, turns, Acted
from benchmarks.star.listening import Listener
from benchmarks.star.procedures import read_procedures, CALLS
from benchmarks.star.progress import progress
from benchmarks.star.rounds import heard_before, play, proposed, signals_of
from benchmarks.star.source import read_dialogues
from benchmarks.star.successors import Habit, graph_successor, labelled_successor
from benchmarks.star.translation import name_of
from xop.assembly import compiled, WorkspaceRefused
t0=perf_counter()
def lap(s): print(s, round(perf_counter()-t0,1), file=sys.stderr)
data=Path(sys.argv[1]); limit=int(sys.argv[2]) if len(sys.argv)>2 else None
P=read_procedures(data)
D=read_dialogues(data)
lap('read')
L={name_of(d):happenings(d,P) for d in D}
lap('lived')
train=[t for d in D if learned_from(d) for t in turns(L[name_of(d)])]
test=[d for d in D if not learned_from(d)][:limit]
lis=Listener(train); lap('learned')
ways={t:branches(p,train) for t,p in P.items()}
charts=[chart(p,ways[t]) for t,p in P.items()]
try: rel=compiled(desk_files(charts))
except WorkspaceRefused as e:
    for p in e.problems[:20]: print(p)
    sys.exit(1)
lap('compiled')
print(sum(len(c['steps']) for c in charts), max(len(c['steps']) for c in charts))
T={name_of(d):L[name_of(d)] for d in test}
S={n:signals_of(n,l,lis,ways) for n,l in T.items()}
lap('signals %d'%sum(map(len,S.values())))
async def go():
    with progress('Playing',sum(map(len,S.values()))) as adv:
        pl=await play(rel,list(S.values()),adv)
    return pl, await proposed(pl.runtime)
pl,found=asyncio.run(go()); lap('played %.1f s, %d entries'%(pl.seconds,len(pl.runtime.memory.entries)))
hab=Habit(train)
R=defaultdict(int)
for n,l in T.items():
    for i,(h,e) in enumerate(zip(heard_before(l),l)):
        if isinstance(e,Acted) and e.act:
            k='q' if e.act in CALLS else 'l'
            R[k]+=1
            f=found[f"signal:desk|{n}/{i}"]
            R[k+'hit']+= f==e.act
            R[k+'none']+= f==''
            R[k+'base_lab']+= labelled_successor(h,P)==e.act
            R[k+'base_graph']+= graph_successor(h,P)==e.act
            R[k+'habit']+= hab.successor(h,e)==e.act
for k,v in R.items(): print(k,v,round(100*v/R[k[0]],2))
lat=sorted(pl.latencies); print(percentile(lat,.5),percentile(lat,.99))
