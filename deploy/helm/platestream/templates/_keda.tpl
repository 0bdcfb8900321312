{{/* KEDA's names for what the service calls otherwise. */}}

{{- define "platestream.kedaSasl" -}}
{{- get (dict "PLAIN" "plaintext" "SCRAM-SHA-256" "scram_sha256" "SCRAM-SHA-512" "scram_sha512") .Values.kafka.sasl.mechanism -}}
{{- end -}}

{{/* "true" where the chart has to make a TriggerAuthentication: there are secrets to pass on. */}}
{{- define "platestream.makesTriggerAuthentication" -}}
{{- $keda := .Values.autoscaling.keda -}}
{{- $tls := .Values.kafka.tls -}}
{{- $tlsSecret := and $tls.enabled $tls.existingSecret (or $tls.caKey $tls.clientCertificate) -}}
{{- if and $keda.enabled (not $keda.existingTriggerAuthentication) (or .Values.kafka.sasl.enabled $tlsSecret) -}}
true
{{- end -}}
{{- end -}}

{{- define "platestream.triggerAuthenticationName" -}}
{{- if .Values.autoscaling.keda.existingTriggerAuthentication -}}
{{- .Values.autoscaling.keda.existingTriggerAuthentication -}}
{{- else if include "platestream.makesTriggerAuthentication" . -}}
{{- printf "%s-kafka" (include "platestream.fullname" .) -}}
{{- end -}}
{{- end -}}

{{/* KEDA has to start a new group where the service does. */}}
{{- define "platestream.offsetResetPolicy" -}}
{{- if .Values.autoscaling.keda.offsetResetPolicy -}}
{{- .Values.autoscaling.keda.offsetResetPolicy -}}
{{- else -}}
{{- $reset := dig "kafka" "auto_offset_reset" "earliest" (include "platestream.config" . | fromYaml) -}}
{{- ternary "latest" "earliest" (eq $reset "latest") -}}
{{- end -}}
{{- end -}}

{{/* The trigger's metadata as far as the chart sets it: all of it text. */}}
{{- define "platestream.kedaMetadata" -}}
{{- $kafka := (include "platestream.config" . | fromYaml).kafka -}}
{{- with .Values.autoscaling.keda -}}
bootstrapServers: {{ $kafka.bootstrap_servers | quote }}
consumerGroup: {{ $kafka.group_id | quote }}
topic: {{ $kafka.topics.frames | quote }}
lagThreshold: {{ .lagThreshold | int64 | quote }}
activationLagThreshold: {{ .activationLagThreshold | int64 | quote }}
offsetResetPolicy: {{ include "platestream.offsetResetPolicy" $ | quote }}
allowIdleConsumers: "false"
excludePersistentLag: {{ .excludePersistentLag | quote }}
limitToPartitionsWithLag: {{ .limitToPartitionsWithLag | quote }}
ensureEvenDistributionOfPartitions: {{ .ensureEvenDistributionOfPartitions | quote }}
fullMetadata: {{ .fullMetadata | quote }}
version: {{ .kafkaVersion | quote }}
{{- end }}
{{- if .Values.kafka.sasl.enabled }}
sasl: {{ include "platestream.kedaSasl" . }}
{{- end }}
{{- if .Values.kafka.tls.enabled }}
tls: enable
{{- end }}
{{- end -}}

{{/* What the user adds to it, as text: without scientific notation, which is no number to KEDA. */}}
{{- define "platestream.kedaExtraMetadata" -}}
{{- range $key, $value := .Values.autoscaling.keda.extraMetadata }}
{{ $key | quote }}: {{ ternary (int64 $value) $value (and (kindIs "float64" $value) (eq (floor $value) $value)) | quote }}
{{- end }}
{{- end -}}
