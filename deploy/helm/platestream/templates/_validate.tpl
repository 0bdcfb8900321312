{{/* What a JSON schema cannot say. Included once, by the ConfigMap. */}}
{{- define "platestream.validate" -}}
{{- $config := include "platestream.config" . | fromYaml -}}
{{- if not (or .Values.kafka.enabled .Values.web.enabled) -}}
{{- fail "kafka.enabled and web.enabled are both false: there would be nothing to do" -}}
{{- end -}}
{{- include "platestream.refuseSecrets" (dict "node" .Values.config "path" "config") -}}
{{- include "platestream.refuseOpenSecrets" . -}}
{{- include "platestream.validatePrivacy" (dict "root" . "config" $config) -}}
{{- include "platestream.validateEnv" . -}}
{{- include "platestream.refuseLoopback" (dict "host" $config.telemetry.host "key" "config.telemetry.host" "reason" "the probes come from outside the pod") -}}
{{- if .Values.kafka.enabled -}}
{{- include "platestream.validateKafka" (dict "root" . "config" $config) -}}
{{- else if .Values.autoscaling.keda.enabled -}}
{{- fail "autoscaling.keda scales on consumer lag and needs kafka.enabled: take autoscaling.hpa" -}}
{{- end -}}
{{- if .Values.web.enabled -}}
{{- include "platestream.validateWeb" (dict "root" . "config" $config) -}}
{{- else if .Values.web.ingress.enabled -}}
{{- fail "web.ingress.enabled needs web.enabled" -}}
{{- else if .Values.web.httpRoute.enabled -}}
{{- fail "web.httpRoute.enabled needs web.enabled" -}}
{{- end -}}
{{- if .Values.passages.enabled -}}
{{- include "platestream.validatePassages" . -}}
{{- end -}}
{{- include "platestream.validateMonitoring" . -}}
{{- include "platestream.validateWorkload" . -}}
{{- include "platestream.validateStorage" . -}}
{{- include "platestream.validateScaling" . -}}
{{- include "platestream.validateStart" . -}}
{{- include "platestream.validateStop" (dict "root" . "config" $config) -}}
{{- end -}}

{{- define "platestream.validateKafka" -}}
{{- $kafka := .root.Values.kafka -}}
{{- $registry := .root.Values.registry -}}
{{- if not .config.kafka.bootstrap_servers -}}
{{- fail "kafka.bootstrapServers is required: the brokers to start from, such as kafka-bootstrap.kafka.svc:9092" -}}
{{- end -}}
{{- range splitList "," .config.kafka.bootstrap_servers -}}
{{- if contains "://" . -}}
{{- fail (printf "kafka.bootstrapServers: leave out the scheme of %s, it is host:port alone: kafka.tls and kafka.sasl say whether connections are encrypted and authenticated" .) -}}
{{- end -}}
{{- end -}}
{{- if and $kafka.sasl.enabled (not $kafka.sasl.existingSecret) -}}
{{- fail "kafka.sasl.existingSecret is required with kafka.sasl.enabled: a Secret with user name and password" -}}
{{- end -}}
{{- if and $kafka.tls.clientCertificate (not (and $kafka.tls.enabled $kafka.tls.existingSecret)) -}}
{{- fail "kafka.tls.clientCertificate needs kafka.tls.enabled and kafka.tls.existingSecret" -}}
{{- end -}}
{{- range list "transactional_id" "group_instance_id" -}}
{{- if get $.config.kafka . -}}
{{- fail (printf "config.kafka.%s would be the same for every replica, and the brokers end all but one with the same name: leave it out%s" . (ternary ", and set kafka.staticMembership" "" (eq . "group_instance_id"))) -}}
{{- end -}}
{{- end -}}
{{- if and (not $registry.url) (or $registry.existingSecret $registry.tls.existingSecret) -}}
{{- fail "registry.existingSecret and registry.tls.existingSecret need registry.url" -}}
{{- end -}}
{{- if and $registry.tls.clientCertificate (not $registry.tls.existingSecret) -}}
{{- fail "registry.tls.clientCertificate needs registry.tls.existingSecret" -}}
{{- end -}}
{{- end -}}

{{- define "platestream.validateWeb" -}}
{{- $web := .config.web -}}
{{- $ingress := .root.Values.web.ingress -}}
{{- if and (not $web.credentials) (not $web.no_auth) -}}
{{- fail "who may call? web.enabled needs web.existingSecret (a Secret with the credentials file) or, to let everybody in, web.noAuth" -}}
{{- end -}}
{{- if and $web.credentials $web.no_auth -}}
{{- fail "web.existingSecret and web.noAuth exclude each other" -}}
{{- end -}}
{{- include "platestream.refuseLoopback" (dict "host" $web.host "key" "config.web.host" "reason" "callers come from outside the pod") -}}
{{- if eq (int $web.port) (int .config.telemetry.port) -}}
{{- fail (printf "web.port and telemetry.port are both %d" (int $web.port)) -}}
{{- end -}}
{{- if and $ingress.enabled (not $ingress.hosts) -}}
{{- fail "web.ingress.hosts is required with web.ingress.enabled: an Ingress without one answers for every host" -}}
{{- end -}}
{{- if and .root.Values.web.httpRoute.enabled (not .root.Values.web.httpRoute.parentRefs) -}}
{{- fail "web.httpRoute.parentRefs is required with web.httpRoute.enabled: a route attached to no Gateway leads nowhere" -}}
{{- end -}}
{{- if and .root.Values.web.service.externalTrafficPolicy (eq .root.Values.web.service.type "ClusterIP") -}}
{{- fail "web.service.externalTrafficPolicy needs web.service.type NodePort or LoadBalancer" -}}
{{- end -}}
{{- end -}}

{{/*
One after the other: the preStop hook, the stream's drain and its leaving, the requests in flight, and
5 s for the pipeline that they share. The service knows these but the first; only here is their sum known.
*/}}
{{- define "platestream.validateStop" -}}
{{- $parts := list -}}
{{- $stop := 0.0 -}}
{{- if .root.Values.kafka.enabled -}}
{{- $parts = append $parts "drain and close deadlines" -}}
{{- $stop = addf $stop (.config.kafka.drain_seconds | float64) (.config.kafka.close_seconds | float64) -}}
{{- end -}}
{{- if .root.Values.web.enabled -}}
{{- $parts = append $parts "web.preStopSeconds, web.shutdownDeadlineSeconds and 5 s for the pipeline" -}}
{{- $stop = addf $stop (include "platestream.preStopSeconds" .root | float64) (.config.web.shutdown_timeout_s | float64) 5 -}}
{{- end -}}
{{- $grace := .root.Values.terminationGracePeriodSeconds -}}
{{- if lt ($grace | float64) (addf $stop 5) -}}
{{- fail (printf "terminationGracePeriodSeconds (%v) must exceed the %s (together %v s) by at least 5 s: a replica that is killed leaves its frames to be read again and its callers without an answer" $grace (join ", " $parts) $stop) -}}
{{- end -}}
{{- end -}}

{{- define "platestream.refuseLoopback" -}}
{{- if or (hasPrefix "127." .host) (has .host (list "localhost" "::1")) -}}
{{- fail (printf "%s is %s: %s" .key .host .reason) -}}
{{- end -}}
{{- end -}}

{{- define "platestream.validateMonitoring" -}}
{{- if .Values.serviceMonitor.enabled -}}
{{- if .Values.podMonitor.enabled -}}
{{- fail "podMonitor and serviceMonitor exclude each other: every replica would be scraped and counted twice" -}}
{{- end -}}
{{- if not .Values.service.enabled -}}
{{- fail "serviceMonitor.enabled needs service.enabled: it finds the replicas by the Service" -}}
{{- end -}}
{{- end -}}
{{- end -}}
