BEGIN TRANSACTION;
CREATE TABLE activities (
    activity_row INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, execution_id TEXT NOT NULL,
    task_id INTEGER NOT NULL, name TEXT NOT NULL, input TEXT
);
CREATE TABLE history (
    instance_id TEXT NOT NULL, first INTEGER NOT NULL, events TEXT NOT NULL, PRIMARY KEY (instance_id, first)
) WITHOUT ROWID;
INSERT INTO "history" VALUES('decides',0,'{"EventType":12,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.740460Z","IsPlayed":false}
{"EventType":0,"OrchestrationInstance":{"InstanceId":"decides","ExecutionId":"38a2f8e0-0c81-4a28-a02a-a75f4d0c33e1"},"ParentInstance":null,"Name":"approval","Version":null,"Input":null,"Tags":null,"Correlation":null,"ParentTraceContext":null,"ScheduledStartTime":null,"Generation":0,"GenerateNewTrace":false,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.734945Z","IsPlayed":true}
{"EventType":4,"Name":"shout","Version":"","Input":null,"ParentTraceContext":null,"Tags":null,"EventId":0,"Timestamp":"2026-11-29T03:13:59.740460Z","IsPlayed":false}
{"EventType":13,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.740460Z","IsPlayed":false}');
INSERT INTO "history" VALUES('decides',4,'{"EventType":12,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.750277Z","IsPlayed":false}
{"EventType":5,"TaskScheduledId":0,"Result":"\"please decide!\"","EventId":-1,"Timestamp":"2026-11-29T03:13:59.750181Z","IsPlayed":true}
{"EventType":10,"FireAt":"2026-12-02T03:13:59.750277Z","Tags":null,"EventId":1,"Timestamp":"2026-11-29T03:13:59.750277Z","IsPlayed":false}
{"EventType":13,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.750277Z","IsPlayed":false}');
INSERT INTO "history" VALUES('ended',0,'{"EventType":12,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.749081Z","IsPlayed":false}
{"EventType":0,"OrchestrationInstance":{"InstanceId":"ended","ExecutionId":"a24122eb-59ab-4105-a169-1697b5b0690a"},"ParentInstance":null,"Name":"chain","Version":null,"Input":"\"\\\"hey\\\"\"","Tags":null,"Correlation":null,"ParentTraceContext":null,"ScheduledStartTime":null,"Generation":0,"GenerateNewTrace":false,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.748856Z","IsPlayed":true}
{"EventType":4,"Name":"shout","Version":"","Input":null,"ParentTraceContext":null,"Tags":null,"EventId":0,"Timestamp":"2026-11-29T03:13:59.749081Z","IsPlayed":false}
{"EventType":13,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.749081Z","IsPlayed":false}');
INSERT INTO "history" VALUES('ended',4,'{"EventType":12,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.760929Z","IsPlayed":false}
{"EventType":5,"TaskScheduledId":0,"Result":"\"hey!\"","EventId":-1,"Timestamp":"2026-11-29T03:13:59.760667Z","IsPlayed":true}
{"EventType":4,"Name":"shout","Version":"","Input":null,"ParentTraceContext":null,"Tags":null,"EventId":1,"Timestamp":"2026-11-29T03:13:59.760929Z","IsPlayed":false}
{"EventType":13,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.760929Z","IsPlayed":false}');
INSERT INTO "history" VALUES('ended',8,'{"EventType":12,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.769018Z","IsPlayed":false}
{"EventType":5,"TaskScheduledId":1,"Result":"\"hey!!\"","EventId":-1,"Timestamp":"2026-11-29T03:13:59.768759Z","IsPlayed":true}
{"EventType":4,"Name":"shout","Version":"","Input":null,"ParentTraceContext":null,"Tags":null,"EventId":2,"Timestamp":"2026-11-29T03:13:59.769018Z","IsPlayed":false}
{"EventType":13,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.769018Z","IsPlayed":false}');
INSERT INTO "history" VALUES('ended',12,'{"EventType":12,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.776983Z","IsPlayed":false}
{"EventType":5,"TaskScheduledId":2,"Result":"\"hey!!!\"","EventId":-1,"Timestamp":"2026-11-29T03:13:59.776733Z","IsPlayed":true}
{"EventType":1,"OrchestrationStatus":"Completed","Result":"\"hey!!!\"","FailureDetails":null,"EventId":3,"Timestamp":"2026-11-29T03:13:59.776983Z","IsPlayed":false}
{"EventType":13,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.776983Z","IsPlayed":false}');
INSERT INTO "history" VALUES('waits',0,'{"EventType":12,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.733417Z","IsPlayed":false}
{"EventType":0,"OrchestrationInstance":{"InstanceId":"waits","ExecutionId":"661d7e25-4a82-4393-bb1a-ea0e5f7fcae8"},"ParentInstance":null,"Name":"waiter","Version":null,"Input":null,"Tags":null,"Correlation":null,"ParentTraceContext":null,"ScheduledStartTime":null,"Generation":0,"GenerateNewTrace":false,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.733091Z","IsPlayed":true}
{"EventType":13,"EventId":-1,"Timestamp":"2026-11-29T03:13:59.733417Z","IsPlayed":false}');
CREATE TABLE inbox (
    message_id INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, execution_id TEXT, event TEXT NOT NULL
);
CREATE TABLE instances (
    instance_id TEXT PRIMARY KEY, execution_id TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
    input TEXT, output TEXT, custom_status TEXT, created TEXT NOT NULL, updated TEXT NOT NULL,
    parent TEXT, begins_generation INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "instances" VALUES('decides','38a2f8e0-0c81-4a28-a02a-a75f4d0c33e1','approval','Running',NULL,NULL,'{"waiting":true}','2026-11-29T03:13:59.734945Z','2026-11-29T03:13:59.750858Z',NULL,0);
INSERT INTO "instances" VALUES('ended','a24122eb-59ab-4105-a169-1697b5b0690a','chain','Completed','"\"hey\""','"hey!!!"',NULL,'2026-11-29T03:13:59.748856Z','2026-11-29T03:13:59.777747Z',NULL,0);
INSERT INTO "instances" VALUES('waits','661d7e25-4a82-4393-bb1a-ea0e5f7fcae8','waiter','Running',NULL,NULL,NULL,'2026-11-29T03:13:59.733091Z','2026-11-29T03:13:59.734526Z',NULL,0);
CREATE TABLE stuck (instance_id TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE timers (
    timer_row INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, execution_id TEXT NOT NULL, timer_id INTEGER NOT NULL,
    due REAL NOT NULL, fire_at TEXT NOT NULL
);
INSERT INTO "timers" VALUES(1,'decides','38a2f8e0-0c81-4a28-a02a-a75f4d0c33e1',1,1.79618123975027704245e+09,'2026-12-02T03:13:59.750277Z');
CREATE INDEX instances_to_begin ON instances (instance_id) WHERE begins_generation;
CREATE INDEX inbox_of_instance ON inbox (instance_id);
CREATE INDEX timers_by_due ON timers (due);
CREATE INDEX timers_of_instance ON timers (instance_id);
COMMIT;
PRAGMA user_version = 3;
PRAGMA application_id = 1684567138;
