{{/* Replicas, and how long pods may take: numbers that are each right and together wrong. */}}

{{- define "platestream.validateScaling" -}}
{{- $keda := .Values.autoscaling.keda -}}
{{- $hpa := .Values.autoscaling.hpa -}}
{{- if and $keda.enabled $hpa.enabled -}}
{{- fail "autoscaling.keda and autoscaling.hpa exclude each other: both would set the number of replicas" -}}
{{- end -}}
{{- if and $keda.enabled (gt (int $keda.minReplicaCount) (int $keda.maxReplicaCount)) -}}
{{- fail (printf "autoscaling.keda.minReplicaCount (%d) exceeds autoscaling.keda.maxReplicaCount (%d)" (int $keda.minReplicaCount) (int $keda.maxReplicaCount)) -}}
{{- end -}}
{{- if and $hpa.enabled (gt (int $hpa.minReplicas) (int $hpa.maxReplicas)) -}}
{{- fail (printf "autoscaling.hpa.minReplicas (%d) exceeds autoscaling.hpa.maxReplicas (%d)" (int $hpa.minReplicas) (int $hpa.maxReplicas)) -}}
{{- end -}}
{{- if and (not $keda.existingTriggerAuthentication) (ne $keda.existingTriggerAuthenticationKind "TriggerAuthentication") -}}
{{- fail "autoscaling.keda.existingTriggerAuthenticationKind needs autoscaling.keda.existingTriggerAuthentication: what the chart makes is a TriggerAuthentication" -}}
{{- end -}}
{{- if and $keda.enabled .Values.kafka.enabled -}}
{{- $own := include "platestream.kedaMetadata" . | fromYaml -}}
{{- range $key, $_ := $keda.extraMetadata -}}
{{- if hasKey $own $key -}}
{{- fail (printf "autoscaling.keda.extraMetadata.%s is set by the chart already: change the value that it comes from" $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- include "platestream.validateBudget" . -}}
{{- end -}}

{{/* The fewest replicas that will run; 0 where the service is switched off, or sleeps. */}}
{{- define "platestream.fewestReplicas" -}}
{{- if .Values.autoscaling.keda.enabled -}}
{{- max 1 (int .Values.autoscaling.keda.minReplicaCount) -}}
{{- else if .Values.autoscaling.hpa.enabled -}}
{{- int .Values.autoscaling.hpa.minReplicas -}}
{{- else -}}
{{- int .Values.replicaCount -}}
{{- end -}}
{{- end -}}

{{/* Percentages are rounded up, as Kubernetes does. */}}
{{- define "platestream.podsOf" -}}
{{- if kindIs "string" .part -}}
{{- divf (mulf (trimSuffix "%" .part | float64) .replicas) 100 | ceil | int -}}
{{- else -}}
{{- int .part -}}
{{- end -}}
{{- end -}}

{{- define "platestream.validateBudget" -}}
{{- $budget := .Values.podDisruptionBudget -}}
{{- $fewest := include "platestream.fewestReplicas" . | int -}}
{{- if and $budget.enabled (gt $fewest 0) -}}
{{- if kindIs "invalid" $budget.minAvailable -}}
{{- if eq (include "platestream.podsOf" (dict "part" $budget.maxUnavailable "replicas" $fewest) | int) 0 -}}
{{- fail "podDisruptionBudget.maxUnavailable is 0: no node with a replica could ever be drained" -}}
{{- end -}}
{{- else if ge (include "platestream.podsOf" (dict "part" $budget.minAvailable "replicas" $fewest) | int) $fewest -}}
{{- fail (printf "podDisruptionBudget.minAvailable (%v) lets none of %d replicas go: no node with a replica could be drained" $budget.minAvailable $fewest) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Kubernetes' own defaults of a probe, where it leaves them out: every 10 s, three times. */}}
{{- define "platestream.validateStart" -}}
{{- $progress := int .Values.progressDeadlineSeconds -}}
{{- with .Values.startupProbe -}}
{{- $start := add (.initialDelaySeconds | default 0) (mul (.periodSeconds | default 10) (.failureThreshold | default 3)) -}}
{{- if ge $start $progress -}}
{{- fail (printf "startupProbe allows a pod %d s to start, and progressDeadlineSeconds is %d: an update would fail before its pods may" $start $progress) -}}
{{- end -}}
{{- end -}}
{{- if ge (int .Values.minReadySeconds) $progress -}}
{{- fail (printf "minReadySeconds (%d) must be below progressDeadlineSeconds (%d)" (int .Values.minReadySeconds) $progress) -}}
{{- end -}}
{{- end -}}
