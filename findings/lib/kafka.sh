# Starts real brokers (Apache Kafka 4.1.0 from Maven, needs java 17+ and mvn) for a finding's script.
# Gives $folder (temporary), $servers, their process numbers as $broker1 and so on, and $python (with the
# pinned client); all of it ends with the script.
source "$(dirname "${BASH_SOURCE[0]}")/python.sh" confluent-kafka==2.16.1
started=()
trap 'for one in "${started[@]}"; do kill -9 "$one" 2>/dev/null || true; wait "$one" 2>/dev/null || true; done; rm -rf "$folder"' EXIT
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>findings</groupId><artifactId>broker</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.1.0</version></dependency>
</dependencies></project>
XML
mvn -q -B dependency:build-classpath -Dmdep.outputFile=class-path
# $brokers of them (1 unless the script says otherwise), each also a controller.
brokers=${brokers:-1}
read -r -a ports < <("$python" - "$brokers" <<'PYTHON'
import random
import sys

print(*random.sample(range(15000, 32000), 2 * int(sys.argv[1])))
PYTHON
)
servers= voters=
for ((node = 1; node <= brokers; node++)); do
  servers+=${servers:+,}127.0.0.1:${ports[node - 1]}
  voters+=${voters:+,}$node@127.0.0.1:${ports[brokers + node - 1]}
done
replicas=$((brokers < 3 ? 1 : 3))
for ((node = 1; node <= brokers; node++)); do
  cat >server-$node.properties <<PROPERTIES
process.roles=broker,controller
node.id=$node
listeners=PLAINTEXT://127.0.0.1:${ports[node - 1]},CONTROLLER://127.0.0.1:${ports[brokers + node - 1]}
advertised.listeners=PLAINTEXT://127.0.0.1:${ports[node - 1]}
controller.listener.names=CONTROLLER
controller.quorum.voters=$voters
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$folder/data-$node
offsets.topic.replication.factor=$replicas
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=$replicas
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
PROPERTIES
  java -Xmx384m -cp "$(cat class-path)" kafka.tools.StorageTool format -t cGxhdGVzdHJlYW0tdGVzdA \
    -c server-$node.properties >>broker.log 2>&1
done
for ((node = 1; node <= brokers; node++)); do
  java -Xmx384m -cp "$(cat class-path)" kafka.Kafka server-$node.properties >>broker.log 2>&1 &
  started+=($!)
  export "broker$node=$!"
done
export servers brokers
"$python" - <<'PYTHON'
import os
import time

from confluent_kafka.admin import AdminClient

admin = AdminClient({"bootstrap.servers": os.environ["servers"], "log_level": 0})
for _ in range(60):
    try:
        if len(admin.list_topics(timeout=1).brokers) == int(os.environ["brokers"]):
            break
    except Exception:
        pass
    time.sleep(1)
else:
    raise SystemExit("the broker did not start")
PYTHON
