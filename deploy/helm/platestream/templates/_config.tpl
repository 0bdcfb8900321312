{{/*
The service's configuration file. Everything that other objects need to know of it (the port, the
topic, the group) is read back from here, so that `.Values.config` can override all of it.
*/}}
{{- define "platestream.config" -}}
{{- $kafka := .Values.kafka -}}
{{- $topics := pick $kafka.topics "frames" "plates" "failures" -}}
{{- with $kafka.topics.results -}}
{{- $_ := set $topics "results" . -}}
{{- end -}}
{{- $own := dict
  "kafka" (dict
    "bootstrap_servers" $kafka.bootstrapServers
    "group_id" $kafka.groupId
    "topics" $topics
    "drain_seconds" .Values.drainDeadlineSeconds
    "close_seconds" .Values.closeDeadlineSeconds
    "termination_grace_seconds" .Values.terminationGracePeriodSeconds
  )
  "telemetry" (dict
    "host" "0.0.0.0"
    "port" (.Values.telemetry.port | int)
    "log_level" .Values.telemetry.logLevel
    "log_format" .Values.telemetry.logFormat
  )
-}}
{{- with include "platestream.kafkaSecurity" . | fromYaml -}}
{{- $_ := set $own.kafka "security" . -}}
{{- end -}}
{{- if .Values.gpu.enabled -}}
{{- $_ := set $own "vision" (dict "providers" .Values.gpu.providers "allow_cpu_fallback" false) -}}
{{- end -}}
{{- toYaml (mergeOverwrite $own (deepCopy (.Values.config | default dict))) -}}
{{- end -}}

{{/* What a JSON schema cannot say. Included once, by the ConfigMap. */}}
{{- define "platestream.validate" -}}
{{- $config := include "platestream.config" . | fromYaml -}}
{{- if not $config.kafka.bootstrap_servers -}}
{{- fail "kafka.bootstrapServers is required: the brokers to start from, such as kafka-bootstrap.kafka.svc:9092" -}}
{{- end -}}
{{- include "platestream.refuseSecrets" (dict "node" .Values.config "path" "config") -}}
{{- $kafka := .Values.kafka -}}
{{- if and $kafka.sasl.enabled (not $kafka.sasl.existingSecret) -}}
{{- fail "kafka.sasl.existingSecret is required with kafka.sasl.enabled: a Secret with user name and password" -}}
{{- end -}}
{{- if and $kafka.tls.clientCertificate (not (and $kafka.tls.enabled $kafka.tls.existingSecret)) -}}
{{- fail "kafka.tls.clientCertificate needs kafka.tls.enabled and kafka.tls.existingSecret" -}}
{{- end -}}
{{- if and .Values.autoscaling.keda.enabled .Values.autoscaling.hpa.enabled -}}
{{- fail "autoscaling.keda and autoscaling.hpa exclude each other: both would set the number of replicas" -}}
{{- end -}}
{{- $stop := addf ($config.kafka.drain_seconds | float64) ($config.kafka.close_seconds | float64) -}}
{{- if lt (.Values.terminationGracePeriodSeconds | float64) (addf $stop 5) -}}
{{- fail (printf "terminationGracePeriodSeconds (%v) must exceed the drain and close deadlines (together %v s) by at least 5 s: a replica that is killed leaves its frames to be read again" .Values.terminationGracePeriodSeconds $stop) -}}
{{- end -}}
{{- $host := $config.telemetry.host -}}
{{- if or (hasPrefix "127." $host) (has $host (list "localhost" "::1")) -}}
{{- fail (printf "config.telemetry.host is %s: the probes come from outside the pod" $host) -}}
{{- end -}}
{{- end -}}

{{/* A ConfigMap is readable by far more people than a Secret. The path of a file is no secret. */}}
{{- define "platestream.refuseSecrets" -}}
{{- $path := .path -}}
{{- range $key, $value := .node -}}
{{- $here := printf "%s.%s" $path $key -}}
{{- if kindIs "map" $value -}}
{{- include "platestream.refuseSecrets" (dict "node" $value "path" $here) -}}
{{- else if and (regexMatch "(?i)(password|secret|token|access_?key|\\.pem$|jaas|oauthbearer\\.config)" $key) (not (regexMatch "(?i)(_file|_path|location|url)$" $key)) -}}
{{- fail (printf "%s looks like a secret and would stand in a ConfigMap: use kafka.sasl.existingSecret, or extraEnv with a secretKeyRef" $here) -}}
{{- end -}}
{{- end -}}
{{- end -}}
