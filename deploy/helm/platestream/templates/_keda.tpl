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

{{/* KEDA has to guess a new group's first offset as the service does: from the pass-through, else its default. */}}
{{- define "platestream.offsetResetPolicy" -}}
{{- if .Values.autoscaling.keda.offsetResetPolicy -}}
{{- .Values.autoscaling.keda.offsetResetPolicy -}}
{{- else -}}
{{- $config := include "platestream.config" . | fromYaml -}}
{{- $given := dig "kafka" "auto_offset_reset" (dig "kafka" "consumer" "auto.offset.reset" "earliest" $config) $config -}}
{{- ternary "latest" "earliest" (has $given (list "latest" "largest" "end")) -}}
{{- end -}}
{{- end -}}
