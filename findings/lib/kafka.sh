# Starts one real broker (Apache Kafka 4.1.0 from Maven, needs java 17+ and mvn) for a finding's script.
# Gives $folder (temporary), $servers, $python (with the pinned client); all of it ends with the script.
source "$(dirname "${BASH_SOURCE[0]}")/python.sh" confluent-kafka==2.16.1
broker=
trap 'if [ -n "$broker" ]; then kill -9 "$broker" 2>/dev/null || true; wait "$broker" 2>/dev/null || true; fi; rm -rf "$folder"' EXIT
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>findings</groupId><artifactId>broker</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.1.0</version></dependency>
</dependencies></project>
XML
mvn -q -B dependency:build-classpath -Dmdep.outputFile=class-path
read -r port controller < <("$python" - <<'PYTHON'
import random
print(*random.sample(range(15000, 32000), 2))
PYTHON
)
servers=127.0.0.1:$port
cat >server.properties <<PROPERTIES
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://$servers,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://$servers
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:$controller
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$folder/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
PROPERTIES
kafka() { java -Xmx384m -cp "$(cat class-path)" "$@" >>broker.log 2>&1; }
kafka kafka.tools.StorageTool format -t cGxhdGVzdHJlYW0tdGVzdA -c server.properties
java -Xmx384m -cp "$(cat class-path)" kafka.Kafka server.properties >>broker.log 2>&1 &
broker=$!
export servers broker
"$python" - <<'PYTHON'
import os
import time

from confluent_kafka.admin import AdminClient

admin = AdminClient({"bootstrap.servers": os.environ["servers"], "log_level": 0})
for _ in range(60):
    try:
        if admin.list_topics(timeout=1).brokers:
            break
    except Exception:
        time.sleep(1)
else:
    raise SystemExit("the broker did not start")
PYTHON
